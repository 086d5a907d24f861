{{ config(materialized='table') }}

{%- set known_fields = [
    'account_id', 'resource_instance_id', 'resource_instance_name', 'resource_id',
    'resource_name', 'catalog_id', 'resource_group_id', 'resource_group_name', 'organization_id',
    'organization_name', 'space_id', 'space_name', 'consumer_id', 'region', 'pricing_region',
    'pricing_country', 'currency_code', 'currency_rate', 'billable', 'plan_id', 'plan_name',
    'pricing_plan_id', 'subscription_id', 'created_at', 'deleted_at',
    'parent_resource_instance_id', 'month', 'pending', 'usage', 'tags', 'service_tags',
] %}

{%- set known_metric_fields = [
    'metric', 'metric_name', 'unit', 'unit_name', 'quantity', 'rateable_quantity', 'cost',
    'rated_cost', 'price', 'discounts', 'volume_discount', 'volume_cost', 'non_chargeable',
    'additional_properties',
] %}

with lines as (
    select * from {{ source('ibm_watsonx', 'usage_report') }}
),

documents as (
    {{ json_documents('lines', exact=[
        'quantity', 'rateable_quantity', 'cost', 'rated_cost', 'volume_cost', 'price',
        'unitquantity', 'unit_quantity',
    ]) }}
),

files as (
    select
        source_file,
        any_value(delivery) as delivery
    from lines
    group by source_file
),

-- A document is a page, a list of pages, or the list of resources that somebody took out of them.
pages as (
    select
        documents.source_dataset,
        documents.source_file,
        documents.source_line,
        documents.delivery_rank,
        files.delivery,
        case
            when json_type(documents.document) = 'ARRAY' then {{ json_list('documents.document') }}
            else [documents.document]
        end as contained
    from documents
    inner join files on documents.source_file = files.source_file
),

page_parts as (
    select
        * exclude (contained),
        unnest(contained) as page,
        generate_subscripts(contained, 1) as page_number
    from pages
),

resource_lists as (
    select
        *,
        case
            when json_type(page, '$.usage') = 'ARRAY' then [page]
            else {{ json_list("json_extract(page, '$.resources')") }}
        end as resources,
        case
            when page is null then 'malformed JSON document'
            when resources is null
                then
                    'unknown layout: expected resources with usage, found '
                    || {{ described('page') }}
        end as page_problem
    from page_parts
),

resources as (
    select
        * exclude (page, resources),
        unnest(resources) as instance,
        generate_subscripts(resources, 1) as resource_number
    from resource_lists
    where page_problem is null
),

metric_lists as (
    select
        *,
        coalesce({{ json_list("json_extract(instance, '$.usage')") }}, []) as metrics
    from resources
),

metrics as (
    select
        * exclude (metrics),
        unnest(metrics) as metric,
        generate_subscripts(metrics, 1) as metric_number
    from metric_lists
),

named_rows as (
    select
        source_dataset,
        source_file,
        source_line,
        delivery_rank,
        delivery,
        page_number * 1000000 + resource_number * 1000 + metric_number as record_number,
        cast(null as varchar) as problem,
        nullif(concat_ws(
            '; ',
            {{ unread_fields('instance', known_fields) }},
            {{ unread_fields('metric', known_metric_fields) }}
        ), '') as notice,
        instance ->> '$.account_id' as account_id,
        cast(null as varchar) as account_name,
        instance ->> '$.month' as month_text,
        instance ->> '$.resource_name' as service_name,
        cast(null as varchar) as service_code,
        instance ->> '$.resource_instance_id' as resource_id,
        instance ->> '$.resource_instance_name' as resource_name,
        instance ->> '$.resource_group_id' as resource_group_id,
        instance ->> '$.resource_group_name' as resource_group_name,
        nullif(instance ->> '$.region', '') as region,
        instance ->> '$.pricing_country' as pricing_country,
        instance ->> '$.currency_code' as currency_text,
        instance ->> '$.billable' as billable_text,
        instance ->> '$.plan_id' as plan_id,
        instance ->> '$.plan_name' as plan_name,
        instance ->> '$.pricing_plan_id' as pricing_plan_id,
        list_concat(
            {{ tag_list("json_extract(instance, '$.tags')") }},
            {{ tag_list("json_extract(instance, '$.service_tags')") }}
        ) as tag_texts,
        metric ->> '$.non_chargeable' as non_chargeable_text,
        metric ->> '$.quantity' as quantity_text,
        metric ->> '$.rateable_quantity' as rateable_text,
        metric ->> '$.cost' as cost_text,
        metric ->> '$.rated_cost' as rated_cost_text,
        metric ->> '$.volume_cost' as volume_cost_text,
        -- One price for one unit; steps and blocks are no unit price.
        if(
            json_array_length(metric, '$.price') = 1
            and coalesce(
                metric ->> '$.price[0].unitquantity', metric ->> '$.price[0].unit_quantity', '1'
            ) in ('1', '1.0'),
            metric ->> '$.price[0].price', null
        ) as price_text,
        metric ->> '$.unit' as unit_text,
        metric ->> '$.unit_name' as unit_name,
        metric ->> '$.metric_name' as metric_name,
        metric ->> '$.metric' as metric
    from metrics
),

records as (
    {{ ibm_records('named_rows', [
        'account_id', 'month_text', 'resource_id', 'plan_id', 'metric', 'unit_text',
        'quantity_text', 'cost_text', 'rated_cost_text', 'non_chargeable_text',
    ]) }}
),

final as (
    select * from records
    union all by name
    select
        source_dataset,
        source_file,
        source_line,
        source_file || ':' || source_line || '.' || page_number as record_id,
        'quarantined' as record_status,
        page_problem as problem
    from resource_lists
    where page_problem is not null
)

select * from final
