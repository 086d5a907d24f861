{#- The narrow shapes: what every vendor folder delivers, and all that core knows of a vendor.
    One place for names and types; what a column means stands in models/staging/_shapes.md. -#}
{% macro shape_columns(shape) %}
    {%- set shapes = {
        'records': {
            'source_dataset': 'varchar', 'source_file': 'varchar', 'source_line': 'bigint',
            'record_id': 'varchar', 'record_status': 'varchar', 'problem': 'varchar',
            'notice': 'varchar', 'tokens': quantity_type(), 'amount': money_type(),
            'currency': 'varchar',
        },
        'usage': {
            'usage_id': 'varchar', 'record_id': 'varchar', 'source_dataset': 'varchar',
            'source_file': 'varchar', 'source_line': 'bigint', 'service': 'varchar',
            'host_provider_name': 'varchar', 'account_id': 'varchar',
            'sub_account_id': 'varchar', 'sub_account_name': 'varchar',
            'credential_id': 'varchar', 'credential_name': 'varchar', 'team_id': 'varchar',
            'team_name': 'varchar', 'user_id': 'varchar', 'request_id': 'varchar',
            'session_id': 'varchar', 'model': 'varchar', 'meter': 'varchar',
            'quantity': quantity_type(), 'request_count': 'bigint', 'service_tier': 'varchar',
            'inference_geo': 'varchar', 'context_tokens': 'bigint', 'started_at': 'timestamp',
            'ended_at': 'timestamp', 'status': 'varchar', 'is_cache_hit': 'boolean',
            'is_billable': 'boolean', 'is_agentic': 'boolean', 'plan_type': 'varchar',
            'header_department': 'varchar',
            'tag_department': 'varchar', 'metadata_department': 'varchar', 'feature': 'varchar',
            'claimed_user': 'varchar', 'tags': 'varchar', 'stated_cost': money_type(),
            'stated_currency': 'varchar',
        },
        'bill_lines': {
            'bill_line_id': 'varchar', 'record_id': 'varchar', 'source_dataset': 'varchar',
            'source_file': 'varchar', 'source_line': 'bigint', 'service': 'varchar',
            'host_provider_name': 'varchar', 'account_id': 'varchar',
            'sub_account_id': 'varchar', 'sub_account_name': 'varchar',
            'credential_id': 'varchar', 'user_id': 'varchar', 'cost_center': 'varchar',
            'repository': 'varchar', 'charge_scope': 'varchar', 'charge_category': 'varchar',
            'charge_description': 'varchar', 'sku': 'varchar', 'model': 'varchar',
            'meter': 'varchar', 'service_tier': 'varchar', 'inference_geo': 'varchar',
            'context_tokens': 'bigint', 'plan_type': 'varchar', 'is_agentic': 'boolean',
            'quantity': quantity_type(), 'unit': 'varchar', 'unit_price': unit_price_type(),
            'list_amount': money_type(), 'net_amount': money_type(), 'currency': 'varchar',
            'invoice_id': 'varchar',
            'period_start': 'timestamp', 'period_end': 'timestamp', 'tags': 'varchar',
        },
        'focus_lines': {
            'focus_line_id': 'varchar', 'record_id': 'varchar', 'source_dataset': 'varchar',
            'source_file': 'varchar', 'source_line': 'bigint', 'service': 'varchar',
            'account_id': 'varchar', 'account_name': 'varchar', 'account_type': 'varchar',
            'sub_account_id': 'varchar', 'sub_account_name': 'varchar',
            'sub_account_type': 'varchar', 'billing_period_start': 'timestamp',
            'billing_period_end': 'timestamp', 'period_start': 'timestamp',
            'period_end': 'timestamp', 'charge_scope': 'varchar',
            'charge_category': 'varchar', 'charge_class': 'varchar',
            'charge_frequency': 'varchar', 'charge_description': 'varchar',
            'currency': 'varchar', 'billed_amount': money_type(),
            'effective_amount': money_type(), 'list_amount': money_type(),
            'contracted_amount': money_type(), 'list_unit_price': unit_price_type(),
            'contracted_unit_price': unit_price_type(),
            'pricing_quantity': pricing_quantity_type(), 'pricing_unit': 'varchar',
            'pricing_category': 'varchar', 'pricing_currency': 'varchar',
            'pricing_currency_list_unit_price': unit_price_type(),
            'pricing_currency_contracted_unit_price': unit_price_type(),
            'pricing_currency_effective_amount': money_type(),
            'quantity': quantity_type(), 'unit': 'varchar', 'invoice_id': 'varchar',
            'invoice_detail_id': 'varchar', 'service_provider_name': 'varchar',
            'host_provider_name': 'varchar', 'invoice_issuer_name': 'varchar',
            'publisher_name': 'varchar', 'service_name': 'varchar',
            'service_category': 'varchar', 'service_subcategory': 'varchar',
            'resource_id': 'varchar', 'resource_name': 'varchar', 'resource_type': 'varchar',
            'region_id': 'varchar', 'region_name': 'varchar', 'availability_zone': 'varchar',
            'sku_id': 'varchar', 'sku_price_id': 'varchar', 'sku_meter': 'varchar',
            'sku_price_details': 'varchar', 'capacity_reservation_id': 'varchar',
            'capacity_reservation_status': 'varchar',
            'commitment_discount_category': 'varchar', 'commitment_discount_id': 'varchar',
            'commitment_discount_name': 'varchar',
            'commitment_discount_quantity': pricing_quantity_type(),
            'commitment_discount_status': 'varchar', 'commitment_discount_type': 'varchar',
            'commitment_discount_unit': 'varchar',
            'commitment_program_eligibility_details': 'varchar',
            'contract_applied': 'varchar', 'allocated_method_id': 'varchar',
            'allocated_method_details': 'varchar', 'allocated_resource_id': 'varchar',
            'allocated_resource_name': 'varchar', 'allocated_tags': 'varchar',
            'model': 'varchar', 'meter': 'varchar', 'service_tier': 'varchar',
            'user_id': 'varchar', 'cost_center': 'varchar', 'tag_department': 'varchar',
            'feature': 'varchar', 'tags': 'varchar',
        },
        'seats': {
            'seat_id': 'varchar', 'record_id': 'varchar', 'source_dataset': 'varchar', 'source_file': 'varchar',
            'source_file': 'varchar', 'source_line': 'bigint', 'service': 'varchar',
            'account_id': 'varchar', 'sub_account_id': 'varchar', 'sub_account_name': 'varchar',
            'user_id': 'varchar', 'team_name': 'varchar', 'plan_type': 'varchar',
            'seat_state': 'varchar', 'month_start': 'date', 'assigned_at': 'timestamp',
            'ends_on': 'date', 'snapshot_on': 'date', 'seat_count': quantity_type(),
        },
        'seat_activity': {
            'activity_id': 'varchar', 'seat_id': 'varchar', 'record_id': 'varchar',
            'source_dataset': 'varchar', 'source_file': 'varchar', 'source_line': 'bigint',
            'service': 'varchar', 'account_id': 'varchar', 'user_id': 'varchar',
            'month_start': 'date', 'last_activity_at': 'timestamp',
            'last_authenticated_at': 'timestamp', 'active_days': 'integer',
            'units_used': quantity_type(), 'units_allowed': quantity_type(),
            'units': 'varchar', 'observed_from': 'date', 'observed_on': 'date',
            'signal_state': 'varchar',
        },
        'outcomes': {
            'outcome_id': 'varchar', 'record_id': 'varchar', 'source_dataset': 'varchar',
            'source_file': 'varchar', 'source_line': 'bigint', 'outcome_type': 'varchar',
            'occurred_at': 'timestamp', 'status': 'varchar', 'quantity': quantity_type(),
            'value_amount': money_type(), 'value_currency': 'varchar',
            'department': 'varchar', 'feature': 'varchar', 'user_id': 'varchar',
            'correlation_key': 'varchar', 'correlation_value': 'varchar',
            'source_system': 'varchar', 'reported_at': 'timestamp',
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
    {%- else %}
    {{ as_shape(shape, '(select null as source_dataset where false)') }}
    {%- endfor %}
{%- endmacro %}
