-- Collateral chains at the cursor, kept where [history] chains is set: who has which pair is true of the cursor's block, the amounts
-- (base units) of the block they were computed at. unknown_hex: a rate could not be read. docs/collateral-chains.md says what a pair is.
CREATE VIEW v_chain_hex AS
SELECT e.account AS owner, e.market AS pair,
       max(CASE WHEN f.name = 'low' THEN hex(s.value) END) AS low_hex,
       max(CASE WHEN f.name = 'high' THEN hex(s.value) END) AS high_hex,
       max(CASE WHEN f.name = 'unknown' THEN hex(s.value) END) AS unknown_hex,
       max(s.block_number) AS computed_at_block,
       max(c.cursor_number) AS block_number, max(b.hash) AS block_hash
FROM state AS s
JOIN entity AS e ON e.id = s.entity_id
JOIN field AS f ON f.id = s.field_id
CROSS JOIN chain AS c
LEFT JOIN block AS b ON b.number = c.cursor_number
WHERE e.deployment = 'chains'
GROUP BY e.account, e.market
