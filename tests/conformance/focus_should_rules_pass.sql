-- What FOCUS recommends and the data does not follow is worth a look, not a stop.
{{ config(severity='warn') }}

select
    rule_id,
    violations,
    example
from {{ ref('focus_rule_results') }}
where keyword = 'SHOULD' and verdict <> 'pass'
