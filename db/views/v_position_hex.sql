-- Every integer present, values as hexadecimal (db/schema.md says how to read a negative one), at block_number: the cursor,
-- or where a deployment that is still backfilled stands. block_hash is NULL inside a backfilled range.
CREATE VIEW v_position_hex AS
SELECT e.deployment, e.market, e.account, f.name AS field, hex(s.value) AS value_hex, s.block_number AS changed_at_block,
       CASE WHEN d.name IS NULL OR d.covered_to > c.cursor_number THEN c.cursor_number ELSE d.covered_to END AS block_number,
       b.hash AS block_hash
FROM state AS s
JOIN entity AS e ON e.id = s.entity_id
JOIN field AS f ON f.id = s.field_id
CROSS JOIN chain AS c
LEFT JOIN deployment AS d ON d.name = e.deployment
LEFT JOIN block AS b
  ON b.number = CASE WHEN d.name IS NULL OR d.covered_to > c.cursor_number THEN c.cursor_number ELSE d.covered_to END
