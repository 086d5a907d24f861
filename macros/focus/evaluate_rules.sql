{#- Evaluates the rules of the model focus_rules on the datasets that are built: one row per
    version, dataset and rule that has a check.

    The rules are read when the model runs. While parsing, and when compiling before they were
    ever built, there are none and the result is empty; a test counts rules against results. -#}
{% macro evaluate_rules() -%}
{%- set rules_of = focus_rules_by_dataset(ref('focus_rules')) if execute else {} -%}
{%- set built = focus_datasets() -%}
{%- set relations = {} -%}
{%- for item in built -%}
    {%- do relations.update({(item.version, item.dataset): ref(item.model)}) -%}
{%- endfor -%}
with currency_codes as (
    select * from {{ ref('currency_codes') }}
),

service_subcategories as (
    select * from {{ ref('service_subcategories') }}
)

{% for item in built %}
    {%- set rules = rules_of.get((item.version, item.dataset), []) %}
    {%- set relation = relations[(item.version, item.dataset)] %}
    {%- set columns = adapter.get_columns_in_relation(relation) if rules else [] %}
    {%- set siblings = {} %}
    {%- for (version, dataset), other in relations.items() if version == item.version %}
        {%- do siblings.update({focus_snake_case(dataset): other}) %}
    {%- endfor %}
select
    cast('{{ item.version }}' as varchar) as focus_version,
    cast('{{ item.dataset }}' as varchar) as dataset,
    rule_id,
    violations,
    example
from (
    {{ rule_counts(rules, relation, item.example, columns, siblings) | indent(4) }}
)
{{ 'union all' if not loop.last }}
{% endfor %}
{%- endmacro %}

{#- (version, dataset) -> list of {rule_id, check_kind, violation}, for all rules with a check. -#}
{% macro focus_rules_by_dataset(rules) -%}
    {%- set found = {} -%}
    {%- if load_relation(rules) -%}
        {%- for row in run_query(
            "select focus_version, dataset, rule_id, check_kind, violation from " ~ rules
            ~ " where violation is not null order by check_kind, rule_id"
        ) -%}
            {%- do found.setdefault((row[0], row[1]), []).append(
                {'rule_id': row[2], 'check_kind': row[3], 'violation': row[4]}
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{%- endmacro %}

{#- Query with one row (rule_id, violations, example) per rule. Rules of the same kind share one
    scan: all row rules one, every set of columns of a group or of values one, and one look at the
    column types. A rule on values looks once at each combination of them, however many rows have it.
    Uses nothing of dbt, so that the Python tests can render it too.

    Not by `filter (where ...)`: some hundred filtered aggregates take DuckDB seconds to set up.

    columns: objects with name and dtype, the dataset's columns. siblings: snake_case dataset ->
    relation, for rules that look at several datasets. -#}
{% macro rule_counts(rules, relation, example, columns=[], siblings={}) -%}
{%- if not rules -%}
select
    cast(null as varchar) as rule_id,
    cast(null as bigint) as violations,
    cast(null as varchar) as example
where false
{%- endif -%}
{%- for kind, of_kind in rules | groupby('check_kind') -%}
{%- set keys = kind.split(':')[1].split(',') if ':' in kind else [] -%}
{%- set by_value = kind.startswith('values:') -%}
{%- if kind == 'query' -%}
{%- for rule in of_kind %}
select
    '{{ rule.rule_id }}' as rule_id,
    count(*) as violations,
    min(example) as example
from (
    {% set ns = namespace(query=rule.violation) -%}
    {%- for dataset, sibling in siblings.items() -%}
        {%- set ns.query = ns.query.replace('{' ~ dataset ~ '}', sibling | string) -%}
    {%- endfor -%}
    {{ ns.query }}
)
{{ 'union all' if not loop.last }}
{%- endfor -%}
{%- else -%}
select unnest([
    {%- for rule in of_kind %}
    {
        'rule_id': '{{ rule.rule_id }}',
        'violations': cast(
            {%- if by_value %}
            coalesce(sum(if(violated_{{ loop.index }}, row_count, 0)), 0)
            {%- else %}
            coalesce(count_if(violated_{{ loop.index }}), 0)
            {%- endif %} as bigint
        ),
        'example': min(if(violated_{{ loop.index }}, example, null))
    }{{ ',' if not loop.last }}
    {%- endfor %}
], recursive := true)
from (
    {%- if kind == 'schema' %}
    with dataset_columns(column_name, data_type) as (
        values
        {%- for column in columns %}
        ('{{ column.name }}', upper('{{ column.dtype }}')){{ ',' if not loop.last }}
        {%- endfor %}
    )

    {%- endif %}
    select
        {%- for rule in of_kind %}
        ({{ rule.violation }}) as violated_{{ loop.index }},
        {%- endfor %}
        {% if kind == 'schema' -%}
        'the columns of the dataset' as example
        {%- elif by_value -%}
        row_count,
        example
        {%- elif keys -%}
        min({{ example }}) as example
        {%- else -%}
        {{ example }} as example
        {%- endif %}
    {%- if by_value %}
    from (
        select
            {% for key in keys %}"{{ key }}", {% endfor -%}
            count(*) as row_count,
            min({{ example }}) as example
        from {{ relation }}
        group by {% for key in keys %}"{{ key }}"{{ ', ' if not loop.last }}{% endfor %}
    )
    {%- elif kind != 'schema' %}
    from {{ relation }}
    {%- endif %}
    {%- if keys and not by_value %}
    where {% for key in keys %}"{{ key }}" is not null{{ ' and ' if not loop.last }}{% endfor %}
    group by {% for key in keys %}"{{ key }}"{{ ', ' if not loop.last }}{% endfor %}
    {%- endif %}
)
{%- endif %}
{{ 'union all' if not loop.last }}
{% endfor -%}
{%- endmacro %}
