-- No FOCUS dataset violates a MUST.
select *
from {{ ref('focus_rule_results') }}
where keyword = 'MUST' and verdict <> 'pass'
