{{ config(materialized='table') }}

{%- set counts = {
    'enabled': '$.prepaidUnits.enabled', 'warning': '$.prepaidUnits.warning',
    'suspended': '$.prepaidUnits.suspended', 'locked_out': '$.prepaidUnits.lockedOut',
    'consumed': '$.consumedUnits',
} %}

with lines as (
    select * from {{ source('microsoft_365_copilot', 'subscribed_skus') }}
),

items as (
    {{ json_items(
        'lines', items='value', next_page='"@odata.nextLink"', mark='skuPartNumber',
        expected='a page of subscribed SKUs',
    ) }}
),

fields as (
    select
        * exclude (item),
        json_type(item) as json_kind,
        lower(nullif(trim({{ json_text('item', '$.skuId') }}), '')) as sku_id,
        nullif(trim({{ json_text('item', '$.skuPartNumber') }}), '') as sku_part_number,
        nullif(trim({{ json_text('item', '$.accountId') }}), '') as tenant_id,
        nullif(trim({{ json_text('item', '$.capabilityStatus') }}), '') as capability_status,
        {%- for column, path in counts.items() %}
            {{ json_text('item', path) }} as {{ column }}_text,
            {{ exact_count(json_text('item', path)) }} as {{ column }}_units,
        {%- endfor %}
        {{ unread_fields('item', [
            'id', 'accountId', 'accountName', 'appliesTo', 'capabilityStatus', 'consumedUnits',
            'prepaidUnits', 'servicePlans', 'skuId', 'skuPartNumber', 'subscriptionIds',
            '@odata.type',
        ]) }} as unread_fields
    from items
),

-- A tenant lists all it has bought; only Copilot for people is an AI seat. Copilot Studio, Security
-- Copilot and credits are sold by capacity, and viral trials are free.
marked as (
    select
        *,
        {{ is_copilot_seat('sku_part_number') }} as is_copilot,
        bool_or(coalesce({{ is_copilot_seat('sku_part_number') }}, false)) over page
            as page_has_copilot,
        array_to_string(list_sort(list_distinct(
            list(sku_part_number) filter (
                where not {{ is_copilot_seat('sku_part_number') }}
            ) over page
        )), ', ') as other_articles,
        count(distinct tenant_id) over (partition by account_folder) as tenants
    from fields
    window page as (partition by source_file, source_line, page_number)
),

-- What else the tenant has bought is told beside its Copilot (left_out), not record by record.
kept as (
    select * from marked
    where
        page_problem is not null
        or (item_count > 0 and (coalesce(is_copilot, true) or not page_has_copilot))
    qualify
        coalesce(is_copilot, true)
        or row_number() over (
            partition by source_file, source_line, page_number order by item_number
        ) = 1
),

checked as (
    select
        *,
        cast(date_trunc('month', delivered_on) as date) as month_start,
        case
            when page_problem is not null then page_problem
            when coalesce(json_kind, 'nothing') != 'OBJECT' then 'not an object with a SKU'
            when sku_part_number is null then 'no SKU part number'
            when not is_copilot
                then 'no Copilot seat on this page: ' || left(other_articles, 400)
            when sku_id is null then 'no SKU id'
            when delivered_on is null then 'no date in the file name: the month is unknown'
            when tenants > 1
                then 'several tenants in one folder: give each a folder account=NAME'
            {%- for column in counts %}
                when {{ unreadable(column ~ '_text', column ~ '_units') }} or {{ column }}_units < 0
                    then 'unreadable number of units: {{ column }}'
            {%- endfor %}
            when enabled_units is null or consumed_units is null
                then 'no number of bought or of assigned units'
        end as refusal
    from kept
),

judged as (
    select
        *,
        row_number() over sku_month as choice,
        first_value(delivered_on) over sku_month as newest_on
    from checked
    window
        sku_month as (
            partition by account_folder, sku_id, month_start, refusal is null
            order by
                delivered_on desc, delivery_rank desc,
                source_line asc, page_number asc, item_number asc
        )
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        concat_ws(':', source_file, source_line, page_number, item_number) as record_id,
        {{ delivery_verdict(
            'choice', 'delivered_on = newest_on',
            "'the same SKU a second time in the same snapshot'",
            "'the snapshot of ' || strftime(newest_on, '%Y-%m-%d') || ' goes first'",
        ) }},
        if(
            refusal is null,
            nullif(concat_ws(
                '; ',
                if(
                    warning_units + suspended_units + locked_out_units > 0,
                    'units past their renewal, in no total: ' || warning_units || ' in warning, '
                    || suspended_units || ' suspended, ' || locked_out_units || ' locked out',
                    null
                ),
                unread_fields
            ), ''),
            null
        ) as notice,
        if(refusal is null, left(other_articles, 1000), null) as left_out,
        delivered_on as snapshot_on,
        month_start,
        sku_id,
        lower(sku_part_number) as plan_type,
        -- A suspended, locked or deleted subscription is not paid for and gives nobody a seat.
        coalesce(lower(capability_status), 'enabled') in ('enabled', 'warning') as is_running,
        enabled_units,
        coalesce(warning_units, 0) as warning_units,
        consumed_units,
        if(page_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency
    from judged
),

missing_pages as (
    {{ json_items_missing('items') }}
),

final as (
    select * from records
    union all by name
    select * exclude (delivered_on) from missing_pages
)

select * from final
