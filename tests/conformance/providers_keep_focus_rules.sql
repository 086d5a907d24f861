-- What a provider states against FOCUS is passed on and shown: it stops nothing.
{{ config(severity='warn') }}

select
    focus_version,
    dataset,
    rule_id,
    violations,
    source_file,
    source_line,
    example
from {{ ref('provider_statements') }}
where keyword in ('MUST', 'MUST NOT')
