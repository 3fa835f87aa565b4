-- One row: the block at which everything that is joined stands (the cursor), and how far the head was when last asked.
CREATE VIEW v_block AS
SELECT c.chain_id, c.cursor_number AS block_number, b.hash AS block_hash, b.timestamp AS block_timestamp, b.complete,
       c.head_number AS head_block,
       CASE WHEN c.head_number > c.cursor_number THEN c.head_number - c.cursor_number
            WHEN c.head_number IS NOT NULL THEN 0 END AS lag_blocks,
       c.safe_number AS safe_block, c.finalized_number AS finalized_block
FROM chain AS c
LEFT JOIN block AS b ON b.number = c.cursor_number
