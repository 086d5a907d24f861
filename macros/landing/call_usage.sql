{#- The usage shape of a log of calls, from a base model whose accepted records are calls with
    disjoint counts: one row per meter, the call and its stated cost on the first. `meters` maps a
    meter to the column that counts it; `columns` are further columns of the shape, by name; `tier`
    is the service tier (SQL). -#}
{% macro call_usage(calls, meters, columns=[], tier="'standard'") -%}
    with calls as (
        select * from {{ calls }}
        where record_status = 'accepted'
    ),

    metered as (
        select
            *,
            {{ meter_list(meters) }} as entries,
            unnest(entries) as metered_entry,
            generate_subscripts(entries, 1) = 1 as is_first
        from calls
    ),

    final as (
        select
            source_dataset || '/' || coalesce(account_folder || '/', '') || record_id
            || '/' || metered_entry.meter as usage_id,
            record_id,
            source_dataset,
            source_file,
            source_line,
            service,
            account_folder as account_id,
            model,
            metered_entry.meter,
            if(
                metered_entry.meter = 'requests' and request_count > 0,
                cast(request_count as {{ quantity_type() }}), metered_entry.quantity
            ) as quantity,
            if(is_first, request_count, 0) as request_count,
            {{ tier }} as service_tier,
            started_at,
            ended_at,
            is_billable,
            {%- for column in columns %}
            {{ column }},
            {%- endfor %}
            if(is_first, amount, null) as stated_cost,
            currency as stated_currency
        from metered
    )

    {{ as_shape('usage', 'final') }}
{%- endmacro %}
