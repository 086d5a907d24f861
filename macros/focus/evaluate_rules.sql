{#- Evaluates the rules of the model focus_rules on the datasets that are built: one row per
    version, dataset and rule that has a check.

    The rules are read when the model runs. While parsing, and when compiling before they were
    ever built, there are none and the result is empty; a test counts rules against results. -#}
{% macro evaluate_rules() -%}
{%- set rules = ref('focus_rules') -%}
{%- set stated_columns = ref('focus_stated_columns') -%}
{%- set rules_of = focus_rules_by_dataset(rules, stated_columns) if execute else {} -%}
{%- set datasets = ref('datasets') -%}
{%- set sources = stated_datasets(datasets) if execute else [] -%}
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
    {%- set charges = relations[(item.version, 'CostAndUsage')] %}
    {%- set stated = stated_rows(item.dataset, charges, sources) %}
    {%- set relation = relations[(item.version, item.dataset)] %}
    {%- set columns = adapter.get_columns_in_relation(relation) if rules else [] %}
    {%- set siblings = {} %}
    {%- for (version, dataset), other in relations.items() if version == item.version %}
        {%- do siblings.update({
            focus_snake_case(dataset): {'all': other, 'stated': stated_rows(dataset, charges, sources)}
        }) %}
    {%- endfor %}
select
    cast('{{ item.version }}' as varchar) as focus_version,
    cast('{{ item.dataset }}' as varchar) as dataset,
    rule_id,
    violations,
    example,
    stated_violations,
    stated_example
from (
    {{ rule_counts(rules, relation, item.example, columns, siblings, stated) | indent(4) }}
)
{{ 'union all' if not loop.last }}
{% endfor %}
{%- endmacro %}

{#- True for a row that a provider's bill states in terms that FOCUS shares: in a dataset without
    x_SourceDataset, for one that comes from such rows. Contract commitments are the company's. -#}
{% macro stated_rows(dataset, charges, sources) -%}
    {%- set sources = "('" ~ sources | join("', '") ~ "')" -%}
    {%- if dataset == 'CostAndUsage' -%}
        coalesce("x_SourceDataset" in {{ sources }}, false)
    {%- elif dataset == 'InvoiceDetail' -%}
        coalesce(
            "InvoiceId" in (
                select "InvoiceId" from {{ charges }} where "x_SourceDataset" in {{ sources }}
            ),
            false
        )
    {%- elif dataset == 'BillingPeriod' -%}
        coalesce(
            ("InvoiceIssuerName", "BillingPeriodStart") in (
                select ("InvoiceIssuerName", "BillingPeriodStart") from {{ charges }}
                where "x_SourceDataset" in {{ sources }}
            ),
            false
        )
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}

{#- The landing folders whose files state charges in FOCUS terms. -#}
{% macro stated_datasets(datasets) -%}
    {%- set found = [] -%}
    {%- if load_relation(datasets) -%}
        {%- for row in run_query(
            "select source_dataset from " ~ datasets
            ~ " where list_contains(string_split(shapes, ' '), 'focus_lines') order by all"
        ) -%}
            {%- do found.append(row[0]) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{%- endmacro %}

{#- (version, dataset) -> list of {rule_id, check_kind, violation, is_stated}, for all rules with a check;
    is_stated where the rule is on a column that is taken over from bills. -#}
{% macro focus_rules_by_dataset(rules, stated_columns) -%}
    {%- set found = {} -%}
    {%- if load_relation(rules) -%}
        {%- for row in run_query(
            "select focus_version, dataset, rule_id, check_kind, violation,"
            ~ " (dataset, column_name) in (select (dataset, column_name) from " ~ stated_columns
            ~ ") from " ~ rules ~ " where violation is not null order by check_kind, rule_id"
        ) -%}
            {%- do found.setdefault((row[0], row[1]), []).append(
                {
                    'rule_id': row[2], 'check_kind': row[3], 'violation': row[4],
                    'is_stated': row[5],
                }
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
    relation, for rules that look at several datasets; or -> {'all': relation, 'stated': SQL}.
    stated: SQL that is true for a row which a provider states; stated_violations then counts, for
    rules with is_stated, the violations that rest on such rows: rows among them, groups with one of them, and what a query
    finds with them and not without. -#}
{% macro rule_counts(rules, relation, example, columns=[], siblings={}, stated=none) -%}
{%- if not rules -%}
select
    cast(null as varchar) as rule_id,
    cast(null as bigint) as violations,
    cast(null as varchar) as example
    {%- if stated %},
    cast(null as bigint) as stated_violations,
    cast(null as varchar) as stated_example
    {%- endif %}
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
    {%- if stated and rule.is_stated %},
    count(*) - least(count(*), any_value(own_count)) as stated_violations,
    min(example) as stated_example
    {%- elif stated %},
    cast(0 as bigint) as stated_violations,
    cast(null as varchar) as stated_example
    {%- endif %}
from (
    {{ query_on(rule.violation, siblings, 'all') }}
)
{%- if stated and rule.is_stated %}
cross join (
    select count(*) as own_count
    from (
        {{ query_on(rule.violation, siblings, 'own') }}
    )
)
{%- endif %}
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
        {%- if not (stated and rule.is_stated) %}
        'example': min(if(violated_{{ loop.index }}, example, null))
        {%- if stated %},
        'stated_violations': cast(0 as bigint),
        'stated_example': cast(null as varchar)
        {%- endif %}
        {%- else %}
        'example': min(if(violated_{{ loop.index }} and not is_stated, example, null)),
        'stated_violations': cast(
            {%- if by_value %}
            coalesce(sum(if(violated_{{ loop.index }} and is_stated, row_count, 0)), 0)
            {%- else %}
            coalesce(count_if(violated_{{ loop.index }} and is_stated), 0)
            {%- endif %} as bigint
        ),
        'stated_example': min(if(violated_{{ loop.index }} and is_stated, example, null))
        {%- endif %}
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
        {% if stated and kind == 'schema' -%}
        false as is_stated,
        {% elif stated and by_value -%}
        is_stated,
        {% elif stated and keys -%}
        bool_or({{ stated }}) as is_stated,
        {% elif stated -%}
        {{ stated }} as is_stated,
        {% endif -%}
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
            {% if stated %}{{ stated }} as is_stated, {% endif -%}
            count(*) as row_count,
            min({{ example }}) as example
        from {{ relation }}
        group by {% for key in keys %}"{{ key }}"{{ ', ' if not loop.last }}{% endfor %}
        {{- ', is_stated' if stated }}
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

{#- A rule's query with the relations of the datasets that it names in braces; own: without the rows
    that providers state. -#}
{% macro query_on(query, siblings, rows) -%}
    {%- set ns = namespace(query=query) -%}
    {%- for dataset, sibling in siblings.items() -%}
        {%- set relation = sibling.all if sibling is mapping else sibling -%}
        {%- if rows == 'own' -%}
            {%- set relation
                = '(select * from ' ~ relation ~ ' where not ' ~ sibling.stated ~ ')' -%}
        {%- endif -%}
        {%- set ns.query = ns.query.replace('{' ~ dataset ~ '}', relation | string) -%}
    {%- endfor -%}
    {{ ns.query }}
{%- endmacro %}
