-- Every integer present at the cursor, values as hexadecimal (db/schema.md says how to read a negative one).
CREATE VIEW v_position_hex AS
SELECT e.deployment, e.market, e.account, f.name AS field, hex(s.value) AS value_hex, s.block_number AS changed_at_block,
       b.number AS block_number, b.hash AS block_hash
FROM state AS s
JOIN entity AS e ON e.id = s.entity_id
JOIN field AS f ON f.id = s.field_id
