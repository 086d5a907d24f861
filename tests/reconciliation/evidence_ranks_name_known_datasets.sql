-- A folder that the var evidence_ranks misspells would change nothing without a word.
with datasets as (
    select * from {{ ref('datasets') }}
),

named as (
    select unnest([
        {%- for name in (var('evidence_ranks') or {}).keys() %}
            '{{ name | replace("'", "''") }}',
        {%- endfor %}
        cast(null as varchar)
    ]) as source_dataset
)

select named.source_dataset
from named
left join datasets on named.source_dataset = datasets.source_dataset
where named.source_dataset is not null and datasets.source_dataset is null
