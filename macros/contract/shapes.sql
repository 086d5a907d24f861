{#- The narrow shapes: what every vendor folder delivers, and all that core knows of a vendor.
    One place for names and types; what a column means stands in models/core/_core.yml. -#}
{% macro shape_columns(shape) %}
    {%- set shapes = {
        'records': {
            'source_dataset': 'varchar', 'source_file': 'varchar', 'source_line': 'bigint',
            'record_id': 'varchar', 'record_status': 'varchar', 'problem': 'varchar',
            'tokens': quantity_type(), 'amount': money_type(), 'currency': 'varchar',
        },
        'usage': {
            'usage_id': 'varchar', 'record_id': 'varchar', 'source_dataset': 'varchar',
            'source_file': 'varchar', 'source_line': 'bigint', 'service': 'varchar',
            'account_id': 'varchar', 'sub_account_id': 'varchar', 'sub_account_name': 'varchar',
            'credential_id': 'varchar', 'credential_name': 'varchar', 'team_id': 'varchar',
            'team_name': 'varchar', 'user_id': 'varchar', 'request_id': 'varchar',
            'session_id': 'varchar', 'model': 'varchar', 'meter': 'varchar',
            'quantity': quantity_type(), 'request_count': 'bigint', 'service_tier': 'varchar',
            'inference_geo': 'varchar', 'context_tokens': 'bigint', 'started_at': 'timestamp',
            'ended_at': 'timestamp', 'status': 'varchar', 'is_cache_hit': 'boolean',
            'is_billable': 'boolean', 'is_agentic': 'boolean', 'header_department': 'varchar',
            'tag_department': 'varchar', 'metadata_department': 'varchar', 'feature': 'varchar',
            'claimed_user': 'varchar', 'tags': 'varchar', 'stated_cost': money_type(),
            'stated_currency': 'varchar',
        },
        'bill_lines': {
            'bill_line_id': 'varchar', 'source_dataset': 'varchar', 'source_file': 'varchar',
            'source_line': 'bigint', 'service': 'varchar', 'account_id': 'varchar',
            'sub_account_id': 'varchar', 'sub_account_name': 'varchar',
            'credential_id': 'varchar', 'user_id': 'varchar', 'cost_center': 'varchar',
            'repository': 'varchar', 'charge_scope': 'varchar', 'charge_category': 'varchar',
            'charge_description': 'varchar', 'sku': 'varchar', 'model': 'varchar',
            'meter': 'varchar', 'service_tier': 'varchar', 'inference_geo': 'varchar',
            'context_tokens': 'bigint', 'plan_type': 'varchar', 'is_agentic': 'boolean',
            'quantity': quantity_type(), 'unit': 'varchar', 'unit_price': unit_price_type(),
            'net_amount': money_type(), 'currency': 'varchar', 'invoice_id': 'varchar',
            'period_start': 'timestamp', 'period_end': 'timestamp', 'tags': 'varchar',
        },
        'seats': {
            'seat_id': 'varchar', 'source_dataset': 'varchar', 'source_file': 'varchar',
            'source_line': 'bigint', 'service': 'varchar', 'account_id': 'varchar',
            'sub_account_id': 'varchar', 'sub_account_name': 'varchar', 'user_id': 'varchar',
            'team_name': 'varchar', 'plan_type': 'varchar', 'month_start': 'date',
            'assigned_at': 'timestamp', 'ends_on': 'date', 'snapshot_on': 'date',
            'seat_months': quantity_type(),
        },
        'seat_activity': {
            'seat_id': 'varchar', 'source_dataset': 'varchar', 'source_file': 'varchar',
            'source_line': 'bigint', 'service': 'varchar', 'user_id': 'varchar',
            'month_start': 'date', 'last_activity_at': 'timestamp',
            'last_authenticated_at': 'timestamp', 'active_days': 'integer',
            'units_used': quantity_type(), 'units_allowed': quantity_type(),
            'observed_on': 'date',
        },
    } -%}
    {{ return(shapes[shape]) }}
{% endmacro %}

{#- The rows of a CTE in a shape's columns and types. A column of the shape that the CTE lacks is
    a typed null; a column that the shape lacks is refused by the model's contract. -#}
{% macro as_shape(shape, cte) -%}
    {%- set columns = shape_columns(shape) %}
    select
        {%- for name, type in columns.items() %}
        cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
    union all by name
    select * from {{ cte }}
{%- endmacro %}

{#- All vendors' models of one shape, stacked column by column. A missing column stops the build
    with the engine's message, which names it. -#}
{% macro union_shape(shape, models) -%}
    {%- set names = shape_columns(shape).keys() | join(', ') %}
    {%- for model in models %}
    select {{ names }} from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
