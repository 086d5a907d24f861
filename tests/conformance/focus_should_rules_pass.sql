-- What FOCUS recommends and the data does not follow is worth a look, not a stop.
{{ config(severity='warn') }}

select
    focus_version,
    dataset,
    rule_id,
    violations,
    example
from {{ ref('focus_rule_results') }}
where keyword not in ('MUST', 'MUST NOT') and verdict = 'fail'
