{#- One key for all that speaks for an owner of a charge. `present` names the evidence columns that
    the caller has; `day` is the day whose organisation counts. -#}
{% macro evidence_columns() %}
    {{ return([
        'header_department', 'tag_department', 'metadata_department', 'credential_id',
        'credential_name', 'team_id', 'team_name', 'sub_account_id', 'repository',
        'cost_center', 'user_id',
    ]) }}
{% endmacro %}

{#- What each kind of fact can say of its owner. -#}
{% macro evidence_of(kind) %}
    {%- set evidence = {
        'usage': [
            'header_department', 'tag_department', 'metadata_department', 'credential_id',
            'credential_name', 'team_id', 'team_name', 'sub_account_id', 'user_id',
        ],
        'bill': ['credential_id', 'sub_account_id', 'repository', 'cost_center', 'user_id'],
        'focus': ['tag_department', 'sub_account_id', 'cost_center', 'user_id'],
        'seat': ['team_name', 'sub_account_id', 'user_id'],
        'allocation': ['tag_department'],
    } %}
    {{ return(evidence[kind]) }}
{% endmacro %}

{% macro evidence_key(day, present) -%}
    md5(concat_ws(
        chr(31), source_dataset, service, {{ day }}
        {%- for name in evidence_columns() -%}
        , {{ "coalesce(" ~ name ~ ", '')" if name in present else "''" }}
        {%- endfor -%}
    ))
{%- endmacro %}

{#- Evidence of one kind of fact, distinct, in the columns of all kinds. -#}
{% macro evidence_rows(relation, day, present) -%}
    select distinct
        source_dataset,
        service,
        {{ day }} as charged_on,
        {%- for name in evidence_columns() %}
        {{ "nullif(" ~ name ~ ", '')" if name in present else "cast(null as varchar)" }} as {{ name }},
        {%- endfor %}
        {{ evidence_key(day, present) }} as evidence_key
    from {{ relation }}
{%- endmacro %}
