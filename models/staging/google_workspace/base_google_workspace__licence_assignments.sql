{{ config(materialized='table') }}

{#- SKU id -> plan. Add-ons are bought for AI; the editions have Gemini in them. Google's table of
    products has the names; other products (archives, telephony, devices) are no AI seats. -#}
{%- set add_ons = {
    '1010470001': 'gemini enterprise', '1010470002': 'gemini labs',
    '1010470003': 'gemini business', '1010470004': 'gemini education',
    '1010470005': 'gemini education premium', '1010470006': 'ai security',
    '1010470007': 'ai meetings and messaging', '1010470009': 'ai expanded access',
    '1010680001': 'gemini enterprise business edition',
} -%}
{%- set editions = {
    '1010020020': 'enterprise plus', '1010020025': 'business plus',
    '1010020026': 'enterprise standard', '1010020027': 'business starter',
    '1010020028': 'business standard', '1010020029': 'enterprise starter',
    '1010060003': 'enterprise essentials', '1010060005': 'enterprise essentials plus',
} -%}

with lines as (
    select * from {{ source('google_workspace', 'licence_assignments') }}
),

items as (
    {{ json_items(
        'lines', items='items', next_page='nextPageToken', mark='skuId',
        is_empty="json_extract_string(page, '$.kind') = 'licensing#licenseAssignmentList'",
        expected='a page of licence assignments',
    ) }}
),

fields as (
    select
        * exclude (item),
        json_type(item) as json_kind,
        nullif(trim({{ json_text('item', '$.userId') }}), '') as holder,
        nullif(trim({{ json_text('item', '$.productId') }}), '') as product_id,
        nullif(trim({{ json_text('item', '$.skuId') }}), '') as sku_id,
        nullif(trim({{ json_text('item', '$.skuName') }}), '') as sku_name,
        {{ unread_fields('item', [
            'kind', 'etags', 'selfLink', 'userId', 'productId', 'productName', 'skuId', 'skuName',
        ]) }} as unread_fields
    from items
    where page_problem is not null or item_count > 0
),

-- An article of the Gemini products that is not in the table counts by its name, without a price.
named as (
    select
        *,
        case
            {%- for sku, plan in add_ons.items() %}
                when sku_id = '{{ sku }}' then '{{ plan }}'
            {%- endfor %}
            {%- for sku, plan in editions.items() %}
                when sku_id = '{{ sku }}' then '{{ plan }}'
            {%- endfor %}
            when product_id in ('101047', '101068') or contains(lower(sku_name), 'gemini')
                then coalesce(lower(sku_name), sku_id)
        end as plan_type,
        coalesce(sku_id in {{ tuple_of(editions.keys() | list) }}, false) as is_bundled
    from fields
),

checked as (
    select
        *,
        cast(date_trunc('month', delivered_on) as date) as month_start,
        case
            when page_problem is not null then page_problem
            when coalesce(json_kind, 'nothing') != 'OBJECT' then 'not a licence assignment'
            when sku_id is null then 'no SKU id'
            when plan_type is null then null
            when holder is null then 'no user'
            when delivered_on is null then 'no date in the file name: the month is unknown'
        end as refusal
    from named
),

-- Who holds a licence of the pool is as the newest complete list of the month shows it, SKU by SKU:
-- a call of the API lists one product or one SKU.
complete_deliveries as (
    select
        account_folder,
        delivered_on
    from items
    where page_problem is null
    group by account_folder, delivered_on
    having not bool_and(has_next_page)
),

lists as (
    select distinct
        account_folder,
        sku_id,
        delivered_on
    from checked
    where refusal is null and plan_type is not null
),

monthly_lists as (
    select
        lists.*,
        first_value(lists.delivered_on) over (
            partition by
                lists.account_folder, lists.sku_id, date_trunc('month', lists.delivered_on)
            order by complete_deliveries.delivered_on is not null desc, lists.delivered_on desc
        ) as deciding_on
    from lists
    left join complete_deliveries
        on
            lists.account_folder is not distinct from complete_deliveries.account_folder
            and lists.delivered_on = complete_deliveries.delivered_on
),

other_articles as (
    select
        source_file,
        count(*) as licenses,
        array_to_string(list_sort(list(distinct coalesce(sku_name, sku_id))), ', ') as articles
    from checked
    where plan_type is null and refusal is null
    group by source_file
),

judged as (
    select
        checked.*,
        monthly_lists.deciding_on,
        row_number() over (
            partition by
                checked.account_folder, checked.delivered_on, checked.sku_id,
                lower(checked.holder), checked.refusal is null
            order by
                checked.delivery_rank desc, checked.source_line asc, checked.page_number asc,
                checked.item_number asc
        ) as choice,
        row_number() over (
            partition by checked.source_file, checked.refusal is null
            order by checked.source_line asc, checked.page_number asc, checked.item_number asc
        ) as entry_number
    from checked
    left join monthly_lists
        on
            checked.account_folder is not distinct from monthly_lists.account_folder
            and checked.sku_id = monthly_lists.sku_id
            and checked.delivered_on = monthly_lists.delivered_on
    where checked.plan_type is not null or checked.refusal is not null
),

records as (
    select
        judged.source_dataset,
        judged.source_file,
        judged.source_line,
        judged.account_folder,
        concat_ws(
            ':', judged.source_file, judged.source_line, judged.page_number, judged.item_number
        ) as record_id,
        case
            when judged.refusal is not null then 'quarantined'
            when judged.delivered_on != judged.deciding_on then 'superseded'
            when judged.choice = 1 then 'accepted'
            else 'duplicate'
        end as record_status,
        case
            when judged.refusal is not null then judged.refusal
            when judged.delivered_on != judged.deciding_on
                then
                    'the list of ' || strftime(judged.deciding_on, '%Y-%m-%d')
                    || ' shows who holds the licences of the month'
            when judged.choice = 1 then null
            else 'the same user and licence a second time in the same list'
        end as problem,
        if(judged.refusal is null, judged.unread_fields, null) as notice,
        -- Told once per file, on its first record.
        if(
            judged.entry_number = 1 and judged.refusal is null,
            other_articles.licenses || ' licences of other articles, no AI seats: '
            || left(other_articles.articles, 1000),
            null
        ) as left_out,
        judged.delivered_on as snapshot_on,
        judged.month_start,
        judged.product_id,
        judged.sku_id,
        judged.plan_type,
        judged.is_bundled,
        {{ pseudonym('judged.holder') }} as user_id,
        if(judged.page_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency
    from judged
    left join other_articles on judged.source_file = other_articles.source_file
),

-- A file with licences, but none of them an AI seat, says so instead of leaving no trace.
files_without_seats as (
    select
        checked.source_dataset,
        checked.source_file,
        1 as source_line,
        checked.account_folder,
        checked.source_file || ':no seats' as record_id,
        'quarantined' as record_status,
        'no AI seat in this file: ' || max(other_articles.licenses) || ' licences of '
        || left(max(other_articles.articles), 300) as problem
    from checked
    inner join other_articles on checked.source_file = other_articles.source_file
    group by checked.source_dataset, checked.source_file, checked.account_folder
    having not bool_or(checked.plan_type is not null or checked.refusal is not null)
),

missing_pages as (
    {{ json_items_missing('items') }}
),

final as (
    select * from records
    union all by name
    select * from files_without_seats
    union all by name
    select * exclude (delivered_on) from missing_pages
)

select * from final
