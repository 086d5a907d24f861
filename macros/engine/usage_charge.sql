{#- Usage that is charged, in a model that has the CTE sourced_usage. What has neither a price nor a
    stated cost is no charge: it is in unpriced_usage. -#}
{% macro charged_usage_rows() -%}
    select
        *,
        stated_currency is not null as is_stated,
        -- A seller that states each call's charge, such as OpenRouter, reports what it bills.
        evidence = 'bill' as is_bill,
        coalesce(stated_currency, price_currency) as currency,
        {{ usage_period_start() }} as period_start,
        {{ usage_period_end() }} as period_end
    from sourced_usage
    where
        is_billing_source
        and is_billable
        and (stated_currency is not null or list_unit_price is not null)
{%- endmacro %}

{#- Key of all that a stated cost was stated for together: the same calls, whatever the meter. A null
    has a sign of its own, for concat_ws would close the gap. -#}
{% macro stated_group_key() -%}
    md5(concat_ws(
        chr(31), {{ evidence_key('charged_on', evidence_of('usage')) }}, service_tier, is_stated,
        currency, period_start, period_end
        {%- for name in ['account_id', 'sub_account_name', 'feature', 'tags', 'record_id',
            'model', 'inference_geo', 'host_provider_name', 'is_agentic', 'plan_type'] -%}
        , coalesce(cast({{ name }} as varchar), chr(30))
        {%- endfor %}
    ))
{%- endmacro %}

{#- Identity of the charge that a usage row is part of. -#}
{% macro usage_charge_id() -%}
    coalesce(
        usage_id, md5(concat_ws(chr(31), stated_group, meter, sku_price_id, contracted_unit_price))
    )
{%- endmacro %}
