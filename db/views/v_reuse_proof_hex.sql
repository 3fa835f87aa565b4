-- What single transactions prove of debt that is collateral again, by owner and pair, at the cursor (docs/collateral-chains.md).
-- pair: source deployment|account|market|debt token|target deployment|account|market|collateral token
CREATE VIEW v_reuse_proof_hex AS
SELECT e.account AS owner, e.market AS pair,
       max(CASE WHEN f.name = 'proven' THEN hex(s.value) END) AS proven_hex,
       max(CASE WHEN f.name = 'borrowed' THEN hex(s.value) END) AS borrowed_hex,
       max(CASE WHEN f.name = 'deposited' THEN hex(s.value) END) AS deposited_hex,
       max(CASE WHEN f.name = 'repaid' THEN hex(s.value) END) AS repaid_hex,
       max(CASE WHEN f.name = 'withdrawn' THEN hex(s.value) END) AS withdrawn_hex,
       max(s.block_number) AS changed_at_block,
       max(c.cursor_number) AS block_number, max(b.hash) AS block_hash
FROM state AS s
JOIN entity AS e ON e.id = s.entity_id
JOIN field AS f ON f.id = s.field_id
CROSS JOIN chain AS c
LEFT JOIN block AS b ON b.number = c.cursor_number
WHERE e.deployment = 'reuse'
GROUP BY e.account, e.market
