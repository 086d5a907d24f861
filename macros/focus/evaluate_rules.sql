{#- Evaluates the rules of the seed focus_rules: one row per version, dataset and rule.

    datasets: [{version, dataset, relation, example}], where `example` is an SQL expression that
    names a row without personal data.

    The rules are read when the model runs. While parsing, and when compiling before the seed was
    ever loaded, there are none and the result is empty; a test counts rules against results. -#}
{% macro evaluate_rules(datasets) -%}
{%- set seed = ref('focus_rules') -%}
with currency_codes as (
    select * from {{ ref('currency_codes') }}
),

service_subcategories as (
    select * from {{ ref('service_subcategories') }}
),

results as (
{%- for item in datasets %}
    {%- set rules = focus_rules_of(seed, item.version, item.dataset) if execute else [] %}
    select
        cast('{{ item.version }}' as varchar) as focus_version,
        cast('{{ item.dataset }}' as varchar) as dataset,
        rule_id,
        violations,
        example
    from (
        {{ rule_counts(rules, item.relation, item.example) | indent(8) }}
    )
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}
),

final as (
    select
        results.focus_version,
        results.dataset,
        results.rule_id,
        rules.column_name,
        rules.keyword,
        case when results.violations = 0 then 'pass' else 'fail' end as verdict,
        results.violations,
        results.example
    from results
    inner join {{ seed }} as rules using (focus_version, dataset, rule_id)
)

select * from final
{%- endmacro %}

{#- The rules of one dataset as a list of {rule_id, check_kind, violation}. -#}
{% macro focus_rules_of(seed, version, dataset) -%}
    {%- set rules = [] -%}
    {%- if load_relation(seed) -%}
        {%- set found = run_query(
            "select rule_id, check_kind, violation from " ~ seed
            ~ " where focus_version = '" ~ version ~ "' and dataset = '" ~ dataset ~ "'"
            ~ " order by check_kind, rule_id"
        ) -%}
        {%- for row in found -%}
            {%- do rules.append(
                {'rule_id': row[0], 'check_kind': row[1], 'violation': row[2]}
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(rules) -}}
{%- endmacro %}

{#- Query with one row (rule_id, violations, example) per rule. Rules of the same kind share one
    scan: all row rules one, and every set of group columns one. Uses nothing of dbt, so that the
    Python tests can render it too. -#}
{% macro rule_counts(rules, relation, example) -%}
{%- if not rules -%}
select
    cast(null as varchar) as rule_id,
    cast(null as bigint) as violations,
    cast(null as varchar) as example
where false
{%- endif -%}
{%- for kind, of_kind in rules | groupby('check_kind') -%}
{%- set keys = kind.removeprefix('group:').split(',') if kind.startswith('group:') else [] -%}
select unnest([
    {%- for rule in of_kind %}
    {
        'rule_id': '{{ rule.rule_id }}',
        'violations': count(*) filter (where violated_{{ loop.index }}),
        'example': min(example) filter (where violated_{{ loop.index }})
    }{{ ',' if not loop.last }}
    {%- endfor %}
], recursive := true)
from (
    select
        {%- for rule in of_kind %}
        ({{ rule.violation }}) as violated_{{ loop.index }},
        {%- endfor %}
        {{ 'min(' ~ example ~ ')' if keys else example }} as example
    from {{ relation }}
    {%- if keys %}
    where {% for key in keys %}"{{ key }}" is not null{{ ' and ' if not loop.last }}{% endfor %}
    group by {% for key in keys %}"{{ key }}"{{ ', ' if not loop.last }}{% endfor %}
    {%- endif %}
)
{{ 'union all' if not loop.last }}
{% endfor -%}
{%- endmacro %}
