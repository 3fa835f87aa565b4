-- What each token stands for and at which rate, at the cursor: amount * numerator / denominator, down (docs/wrappers.md).
-- A token of kind 00 stands for nothing but itself. numerator is missing where the contract did not answer.
CREATE VIEW v_wrapper_hex AS
SELECT e.market AS token,
       max(CASE WHEN f.name = 'kind' THEN hex(s.value) END) AS kind_hex,
       max(CASE WHEN f.name = 'underlying' THEN hex(s.value) END) AS underlying_hex,
       max(CASE WHEN f.name = 'numerator' THEN hex(s.value) END) AS numerator_hex,
       max(CASE WHEN f.name = 'denominator' THEN hex(s.value) END) AS denominator_hex,
       max(s.block_number) AS changed_at_block,
       max(c.cursor_number) AS block_number, max(b.hash) AS block_hash
FROM state AS s
JOIN entity AS e ON e.id = s.entity_id
JOIN field AS f ON f.id = s.field_id
CROSS JOIN chain AS c
LEFT JOIN block AS b ON b.number = c.cursor_number
WHERE e.deployment = 'wrappers'
GROUP BY e.market
