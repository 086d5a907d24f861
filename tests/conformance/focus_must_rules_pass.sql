-- No FOCUS dataset violates a MUST.
select
    rule_id,
    violations,
    example
from {{ ref('focus_rule_results') }}
where keyword = 'MUST' and verdict <> 'pass'
