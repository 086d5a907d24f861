{{ config(materialized='table') }}

{#- Record of the export -> the fields of it that are read. A file holds the records themselves
    (JSON lines, Parquet, CSV with JSON in its columns), or their fields as columns named
    record.field or record_field. -#}
{%- set objects = {
    'invoice': ['month'],
    'service': ['id', 'description'],
    'sku': ['id', 'description'],
    'project': ['id', 'name', 'labels'],
    'location': ['location', 'region', 'zone'],
    'resource': ['name', 'global_name'],
    'usage': ['amount', 'unit', 'amount_in_pricing_units', 'pricing_unit'],
    'price': ['list_price', 'pricing_unit_quantity'],
} %}
{%- set texts = [
    'billing_account_id', 'cost_type', 'usage_start_time', 'usage_end_time', 'cost', 'currency',
    'cost_at_list', 'transaction_type', 'seller_name', 'export_time',
] %}
{%- set lists = ['credits', 'labels', 'tags'] %}
{%- set left_out = [
    'adjustment_info', 'consumption_model', 'cost_at_effective_price_default',
    'cost_at_list_consumption_model', 'currency_conversion_rate', 'subscription', 'system_labels',
] %}
{%- set needed = [
    'billing_account_id', 'usage_start_time', 'usage_end_time', 'cost', 'currency', 'credits',
] %}
{%- set optional = texts + lists + left_out %}
{%- set layouts = {'records': {
    'needed': needed + ['invoice', 'service', 'sku'],
    'known': objects.keys() | list + optional,
}} %}
{%- for mark in ['.', '_'] %}
    {%- set columns = [] %}
    {%- for object, names in objects.items() %}
        {%- for name in names %}
            {%- do columns.append(object ~ mark ~ name) %}
        {%- endfor %}
    {%- endfor %}
    {%- do layouts.update({'columns named record' ~ mark ~ 'field': {
        'needed': needed + [
            'invoice' ~ mark ~ 'month', 'service' ~ mark ~ 'description',
            'sku' ~ mark ~ 'description',
        ],
        'known': columns + optional + [
            'invoice' ~ mark ~ 'publisher_type', 'project' ~ mark ~ 'number',
            'location' ~ mark ~ 'country', 'price' ~ mark ~ 'effective_price',
            'price' ~ mark ~ 'tier_start_amount', 'price' ~ mark ~ 'unit',
        ],
    }}) %}
{%- endfor %}
{%- set any_field = ['[^"\\\\]*'] %}

with lines as (
    select
        *,
        first_value(regexp_matches(line, '^\s*[{\[]')) over (
            partition by source_file order by source_line
        ) as is_json_file
    from {{ source('google_vertex', 'billing_export') }}
    where trim(line) != ''
),

json_lines as (
    select * exclude (is_json_file) from lines
    where is_json_file
),

file_deliveries as (
    select distinct
        source_file,
        delivered_on,
        delivery,
        is_complete
    from json_lines
),

documents as (
    {{ json_documents('json_lines', exact=any_field) }}
),

json_rows as (
    select
        * exclude (document),
        unnest(
            if(json_type(document) = 'ARRAY', {{ json_list('document') }}, [document])
        ) as row_json
    from documents
),

tabular_lines as (
    select * exclude (is_json_file) from lines
    where not is_json_file
),

csv as (
    {{ csv_records('tabular_lines') }}
),

files as (
    {{ csv_files('csv', layouts) }}
),

table_rows as (
    {{ rows_of_known_files('csv', columns=['notice as file_notice']) }}
),

-- The two kinds of files in the same columns: records as JSON, fields as text.
stated as (
    select
        {%- for object in objects %}
            json_extract(json_rows.row_json, '$.{{ object }}') as {{ object }}_object,
        {%- endfor %}
        {%- for list in lists %}
            json_extract(json_rows.row_json, '$.{{ list }}') as {{ list }}_list,
        {%- endfor %}
        {%- for name in texts %}
            {{ json_text('json_rows.row_json', '$.' ~ name) }} as {{ name }}_text,
        {%- endfor %}
        json_rows.source_dataset,
        json_rows.source_file,
        json_rows.source_line,
        json_rows.account_folder,
        file_deliveries.delivered_on,
        file_deliveries.delivery,
        file_deliveries.is_complete,
        json_rows.delivery_rank,
        case
            when json_type(json_rows.row_json) is null then 'malformed JSON'
            when json_type(json_rows.row_json) != 'OBJECT' then 'not a JSON object'
        end as layout_problem,
        {{ unread_fields('json_rows.row_json', objects.keys() | list + optional) }} as notice
    from json_rows
    inner join file_deliveries on json_rows.source_file = file_deliveries.source_file
    union all by name
    select
        {%- for object, names in objects.items() %}
            {%- set text = csv_value(object) %}
            if(json_valid({{ text }}), cast({{ text }} as json), null) as {{ object }}_object,
            {%- for name in names %}
                coalesce({{ csv_value(object ~ '.' ~ name) }}, {{ csv_value(object ~ '_' ~ name) }})
                    as flat_{{ object }}_{{ name }},
            {%- endfor %}
        {%- endfor %}
        {%- for list in lists %}
            {%- set text = csv_value(list) %}
            if(json_valid({{ text }}), cast({{ text }} as json), to_json({{ text }}))
                as {{ list }}_list,
        {%- endfor %}
        {%- for name in texts %}
            {{ csv_value(name) }} as {{ name }}_text,
        {%- endfor %}
        source_dataset,
        source_file,
        source_line,
        account_folder,
        delivered_on,
        delivery,
        is_complete,
        delivery_rank,
        problem as layout_problem,
        file_notice as notice
    from table_rows
),

fields as (
    select
        * exclude (
            {%- for object, names in objects.items() %}
                {{ object }}_object,
                {%- for name in names %}
                    flat_{{ object }}_{{ name }},
                {%- endfor %}
            {%- endfor %}
            layout_problem
        ),
        layout_problem,
        {%- for object, names in objects.items() %}
            {%- for name in names %}
                nullif(trim(coalesce(
                    {{ json_text(object ~ '_object', '$.' ~ name) }}, flat_{{ object }}_{{ name }}
                )), '') as {{ object }}_{{ name }},
            {%- endfor %}
        {%- endfor %}
        if(json_valid(project_labels), cast(project_labels as json), null) as project_labels_list
    from stated
),

typed as (
    select
        *,
        nullif(trim(billing_account_id_text), '') as account_id,
        cast(try_strptime(invoice_month || '01', '%Y%m%d') as timestamp) as billing_period_start,
        {{ utc_timestamp('usage_start_time_text') }} as period_start,
        {{ utc_timestamp('usage_end_time_text') }} as stated_end,
        {{ utc_timestamp('export_time_text') }} as exported_at,
        lower(cost_type_text) as cost_type,
        upper(nullif(trim(currency_text), '')) as currency,
        try_cast(usage_amount as {{ quantity_type() }}) as used_amount,
        try_cast(usage_amount_in_pricing_units as {{ quantity_type() }}) as priced_amount,
        {%- for name, text in {
            'gross_cost': 'cost_text', 'stated_list_amount': 'cost_at_list_text',
            'list_price': 'price_list_price',
        }.items() %}
            {{ exact_amount(text) }} as {{ name }},
        {%- endfor %}
        try_cast(price_pricing_unit_quantity as {{ quantity_type() }}) as price_units,
        list_transform(
            {{ json_list('credits_list') }},
            lambda credit: {
                'name': coalesce(
                    json_extract_string(credit, '$.full_name'),
                    json_extract_string(credit, '$.name'),
                    json_extract_string(credit, '$.type'),
                    'Credit'
                ),
                'amount': {{ exact_amount("json_extract_string(credit, '$.amount')") }}
            }
        ) as credits,
        lower(sku_description) as sku_key,
        {{ cloud_service(
            'google_cloud', "concat_ws(' ', service_id, service_description)", 'sku_description'
        ) }} as service
    from fields
),

-- Google labels tokens as requests or count; that an article counts tokens is in its name.
worded as (
    select
        *,
        cast(
            coalesce(list_sum(list_transform(credits, lambda credit: credit.amount)), 0)
            as {{ money_type() }}
        ) as credit_amount,
        case
            when cost_type = 'tax' then 'Tax'
            when cost_type in ('adjustment', 'rounding_error') then 'Adjustment'
            else 'Usage'
        end as charge_category,
        coalesce(
            service in ('google_vertex', 'gemini_api')
            and cost_type = 'regular'
            and coalesce(lower(usage_unit), 'count') in ('requests', 'count', 'tokens')
            and regexp_matches(
                sku_key,
                'token|(text|image|audio|video) (input|output)'
                || '|(input|output) (text|image|audio|video)|input caching|cached'
            )
            and not regexp_matches(
                sku_key,
                'storage|ground|provisioned|tuning|training|character|search|per (image|second)'
            ),
            false
        ) as counts_tokens
    from typed
),

measured as (
    select
        *,
        case
            when not counts_tokens then null
            when regexp_matches(sku_key, 'cach') and contains(sku_key, 'writ')
                then if(regexp_matches(sku_key, '1 ?h'), 'cache_write_1h', 'cache_write_5m')
            when regexp_matches(sku_key, 'cach') then 'cache_read'
            when contains(sku_key, 'output token') then 'output'
            when contains(sku_key, 'input token') then 'input'
            when contains(sku_key, 'output') then 'output'
            else 'input'
        end as direction,
        coalesce(
            nullif(regexp_extract(sku_key, '(audio|image|video) (?:input|output|cach)', 1), ''),
            nullif(regexp_extract(sku_key, '(?:input|output|cached) (audio|image|video)', 1), '')
        ) as modality,
        if(charge_category = 'Usage', used_amount, null) as quantity,
        case
            when charge_category != 'Usage' or used_amount is null then null
            when counts_tokens then 'Tokens'
            else coalesce(usage_unit, 'Units')
        end as unit,
        if(
            charge_category = 'Usage',
            {{ exact_product(
                'priced_amount', 'if(counts_tokens, 0.000001, 1)', pricing_quantity_type()
            ) }},
            null
        ) as pricing_quantity,
        if(
            list_price != 0 or gross_cost = 0,
            case
                when not counts_tokens and coalesce(price_units, 1) = 1 then list_price
                when counts_tokens and price_units = 1000000 then list_price
                when counts_tokens and price_units = 1
                    then {{ exact_product('list_price', '1000000', money_type()) }}
            end,
            null
        ) as list_unit_price_exact
    from worded
),

checked as (
    select
        *,
        case
            when layout_problem is not null then layout_problem
            when account_id is null then 'no billing account'
            when billing_period_start is null then 'no readable invoice month'
            when period_start is null or stated_end is null then 'no readable usage times'
            when cost_text is null then 'no cost'
            when
                {{ unreadable('cost_text', 'gross_cost') }}
                or {{ unreadable('cost_at_list_text', 'stated_list_amount') }}
                then
                    'unreadable or impossible amount of money'
                    || {{ refused_number(first_unreadable({
                        'cost_text': 'gross_cost', 'cost_at_list_text': 'stated_list_amount',
                    })) }}
            when
                json_type(credits_list) not in ('ARRAY', 'NULL')
                or len(list_filter(credits, lambda credit: credit.amount is null)) > 0
                then
                    'unreadable credits'
                    || {{ refused_number(first_unreadable_amount('credits_list', ['$.amount'])) }}
            when
                {{ unreadable('usage_amount', 'used_amount') }}
                or {{ unreadable('usage_amount_in_pricing_units', 'priced_amount') }}
                then
                    'unreadable usage amount'
                    || {{ refused_number(first_unreadable({
                        'usage_amount': 'used_amount',
                        'usage_amount_in_pricing_units': 'priced_amount',
                    }), '10^24') }}
            when
                charge_category = 'Usage' and priced_amount is not null and pricing_quantity is null
                then
                    'usage amount out of range'
                    || {{ refused_number('usage_amount_in_pricing_units', '10^18') }}
            when currency is null then 'no currency'
            when not {{ is_currency_code('currency') }}
                then 'unknown currency ' || left(currency, 20)
            when coalesce(cost_type, '') not in ('regular', 'tax', 'adjustment', 'rounding_error')
                then 'unknown cost type ' || coalesce(left(cost_type, 40), '(none)')
        end as refusal,
        if(
            layout_problem is null,
            md5(cast(to_json([
                {%- for name in texts if name != 'export_time' %}
                    {{ name }}_text,
                {%- endfor %}
                {%- for object, names in objects.items() %}
                    {%- for name in names if name != 'labels' %}
                        {{ object }}_{{ name }},
                    {%- endfor %}
                {%- endfor %}
                {%- for list in lists %}
                    cast({{ list }}_list as varchar){{ ',' if not loop.last }}
                {%- endfor %}
            ]) as varchar)),
            null
        ) as fingerprint
    from measured
),

delivered as (
    {{ billing_deliveries(
        'checked', 'fingerprint', part='project_id', amount='gross_cost + credit_amount'
    ) }}
),

-- The export grows: rows exported after all of those that they replace may be the newest ones only.
export_times as (
    select
        account_id,
        billing_period_start,
        min(exported_at) filter (where superseded_by is null)
        > max(exported_at) filter (where superseded_by is not null) as begins_after_the_replaced
    from delivered
    group by account_id, billing_period_start
),

judged as (
    select
        delivered.*,
        export_times.begins_after_the_replaced,
        case
            when delivered.superseded_by is not null then 'superseded'
            when delivered.refusal is not null then 'quarantined'
            when delivered.copy_of is not null then 'duplicate'
            else 'accepted'
        end as record_status
    from delivered
    left join export_times
        on
            delivered.account_id = export_times.account_id
            and delivered.billing_period_start = export_times.billing_period_start
),

-- The export has no row ids and equal rows are all charged: they are told apart by counting.
records as (
    select
        source_dataset,
        source_file,
        source_line,
        coalesce(
            invoice_month || '/' || fingerprint || '#' || row_number() over (
                partition by
                    account_id, billing_period_start, fingerprint,
                    if(record_status = 'accepted', '', source_file)
                order by delivery_rank, source_line
            ),
            source_file || ':' || source_line
        ) as record_id,
        record_status,
        case
            when superseded_by is not null
                then 'the day was delivered again: ' || superseded_by
            when refusal is not null then refusal
            when copy_of is not null then 'the same rows of the month as in ' || copy_of
        end as problem,
        nullif(concat_ws(
            '; ',
            notice,
            if(record_status = 'accepted', delivery_notice, null),
            if(
                record_status = 'accepted' and begins_after_the_replaced,
                'all rows were exported after those they replace: is the whole month in the file?',
                null
            )
        ), '') as notice,
        if(
            layout_problem is null,
            cast(if(unit = 'Tokens', quantity, 0) as {{ quantity_type() }}),
            null
        ) as tokens,
        cast(gross_cost + credit_amount as {{ money_type() }}) as amount,
        if(gross_cost is not null, currency, null) as currency,
        account_id,
        project_id as sub_account_id,
        {{ hide_email('project_name') }} as sub_account_name,
        billing_period_start,
        period_start,
        greatest(stated_end, period_start + interval '1 second') as period_end,
        exported_at,
        cost_type,
        charge_category,
        if(
            cost_type = 'adjustment' and period_start < billing_period_start, 'Correction', null
        ) as charge_class,
        gross_cost,
        if(
            charge_category = 'Usage' and (stated_list_amount != 0 or gross_cost = 0),
            stated_list_amount,
            null
        ) as list_amount,
        if(
            try_cast(list_unit_price_exact as {{ unit_price_type() }}) = list_unit_price_exact
            and pricing_quantity is not null,
            try_cast(list_unit_price_exact as {{ unit_price_type() }}),
            null
        ) as list_unit_price,
        pricing_quantity,
        case
            when pricing_quantity is null then null
            when counts_tokens then '1000000 Tokens'
            else coalesce(usage_pricing_unit, 'Units')
        end as pricing_unit,
        quantity,
        unit,
        credits,
        service,
        service_description as service_name,
        nullif(trim(seller_name_text), '') as seller_name,
        upper(transaction_type_text) = 'THIRD_PARTY_AGENCY' as is_sold_by_third_party,
        sku_id,
        sku_description,
        {{ hide_email('coalesce(resource_global_name, resource_name)') }} as resource_id,
        coalesce(location_region, nullif(location_location, 'global')) as region_id,
        location_zone as availability_zone,
        if(
            service in ('google_vertex', 'gemini_api'),
            nullif(replace(
                regexp_extract(
                    sku_key,
                    'gemini \d+(?:[.]\d+)?(?: flash| pro| ultra)?(?:[ -]lite| image| live)?'
                    || '(?: preview)?|claude [a-z]+ \d+(?:[.]\d+)?|claude \d+(?:[.]\d+)? [a-z]+'
                ),
                ' ', '-'
            ), ''),
            null
        ) as model,
        case
            when direction is null then null
            when direction like 'cache_write%' or modality is null then direction || '_tokens'
            else direction || '_' || modality || '_tokens'
        end as meter,
        case
            when direction is null then null
            when contains(sku_key, 'batch') then 'batch'
            when contains(sku_key, 'flex') then 'flex'
            when contains(sku_key, 'priority') then 'priority'
            else 'standard'
        end as service_tier,
        -- Labels as they are; those of the project and the organisation with where they come from.
        list_sort(list_concat(
            {{ cloud_label_entries('labels_list') }},
            {{ cloud_label_entries('project_labels_list', prefix='project/') }},
            {{ cloud_label_entries('tags_list', prefix='tag/') }}
        )) as tag_entries
    from judged
),

tagged as (
    select
        *,
        {{ known_text(cloud_tag('tag_entries', 'department')) }} as tag_department,
        {{ known_text(cloud_tag('tag_entries', 'feature')) }} as feature,
        {{ hidden_tags('tag_entries') }} as hidden_entries
    from records
),

final as (
    select
        * exclude (tag_entries, hidden_entries),
        {{ tags_json('hidden_entries') }} as tags
    from tagged
    union all by name
    {{ refused_files() }}
)

select * from final
