-- No FOCUS dataset violates a MUST.
select
    focus_version,
    dataset,
    rule_id,
    violations,
    example
from {{ ref('focus_rule_results') }}
where keyword in ('MUST', 'MUST NOT') and verdict = 'fail'
