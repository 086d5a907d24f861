{{ config(materialized='table') }}

{%- set focus_texts = [
    'billedcost', 'billingaccountid', 'billingcurrency', 'chargeperiodstart', 'chargeperiodend',
    'chargedescription', 'providername', 'servicename', 'subaccountid', 'subaccountname',
] %}
{#- Known and left out: repeats of BilledCost, constants, and a quantity that is always 1. -#}
{%- set focus_left_out = [
    'billingaccountname', 'billingaccounttype', 'billingperiodstart', 'billingperiodend',
    'chargecategory', 'chargeclass', 'chargefrequency', 'commitmentdiscountcategory',
    'commitmentdiscountid', 'commitmentdiscountname', 'commitmentdiscountstatus',
    'commitmentdiscounttype', 'consumedquantity', 'consumedunit', 'contractedcost',
    'contractedunitprice', 'effectivecost', 'hostprovidername', 'invoiceissuername', 'listcost',
    'listunitprice', 'pricingcategory', 'pricingquantity', 'pricingunit', 'publishername',
    'regionid', 'regionname', 'resourceid', 'resourcename', 'resourcetype', 'servicecategory',
    'servicesubcategory', 'skuid', 'skumeter', 'skupricedetails', 'skupriceid', 'subaccounttype',
    'availabilityzone', 'capacityreservationid', 'capacityreservationstatus',
    'commitmentdiscountquantity', 'commitmentdiscountunit', 'invoiceid', 'pricingcurrency',
    'pricingcurrencycontractedunitprice', 'pricingcurrencyeffectivecost',
    'pricingcurrencylistunitprice', 'date', 'hour',
] %}
{%- set daily_texts = [
    'user_id', 'date', 'api_key', 'model', 'model_group', 'custom_llm_provider',
    'mcp_namespaced_tool_name', 'endpoint', 'spend', 'prompt_tokens', 'completion_tokens',
    'cache_read_input_tokens', 'cache_creation_input_tokens', 'api_requests',
    'successful_requests', 'updated_at',
] %}
{%- set daily_left_out = ['id', 'failed_requests', 'created_at'] %}
{%- set counts = [
    'prompt_tokens', 'completion_tokens', 'cache_read_input_tokens',
    'cache_creation_input_tokens', 'api_requests', 'successful_requests',
] %}

with focus_lines as (
    select * from {{ source('litellm', 'focus') }}
),

daily_lines as (
    select * from {{ source('litellm', 'daily_activity') }}
),

focus_rows as (
    {{ log_records(
        'focus_lines',
        {'FOCUS export of LiteLLM': {'needed': [
            'billedcost', 'billingaccountid', 'billingcurrency', 'chargeperiodstart',
            'chargeperiodend', 'chargedescription', 'providername', 'subaccountid', 'tags',
        ]}},
        focus_texts, ['tags'], focus_left_out,
    ) }}
),

daily_rows as (
    {{ log_records(
        'daily_lines',
        {'LiteLLM_DailyUserSpend': {'needed': [
            'user_id', 'date', 'api_key', 'model', 'spend', 'prompt_tokens', 'completion_tokens',
            'api_requests',
        ]}},
        daily_texts, [], daily_left_out,
    ) }}
),

tagged_focus_rows as (
    select
        * exclude (entry),
        entry,
        {{ exact_json('entry.tags') }} as row_tags
    from focus_rows
),

rows_of_both as (
    select
        * exclude (entry, row_tags),
        entry.chargeperiodstart as start_text,
        entry.chargeperiodend as end_text,
        entry.billedcost as spend_text,
        upper(trim(entry.billingcurrency)) as stated_currency,
        entry.billingaccountid as credential_id,
        coalesce(
            json_extract_string(row_tags, '$.api_key_alias'),
            json_extract_string(row_tags, '$.key_alias')
        ) as key_alias,
        entry.chargedescription as sent_model,
        entry.servicename as model_group,
        entry.providername as named_provider,
        entry.subaccountid as team_id,
        coalesce(
            entry.subaccountname, json_extract_string(row_tags, '$.team_alias')
        ) as team_alias,
        coalesce(
            json_extract_string(row_tags, '$.user_email'),
            json_extract_string(row_tags, '$.user_id')
        ) as key_owner
    from tagged_focus_rows
    union all by name
    select
        * exclude (entry),
        entry.date as start_text,
        entry.spend as spend_text,
        'USD' as stated_currency,
        entry.api_key as credential_id,
        entry.model as sent_model,
        entry.model_group,
        entry.custom_llm_provider as named_provider,
        entry.user_id as key_owner,
        entry.endpoint,
        entry.mcp_namespaced_tool_name as tool_name,
        {%- for name in counts %}
            entry.{{ name }} as {{ name }}_text,
        {%- endfor %}
        entry.updated_at
    from daily_rows
),

parsed as (
    select
        * exclude (credential_id),
        {{ pseudonym('key_owner') }} as user_id,
        {{ moment('start_text') }} as started_at,
        coalesce({{ moment('end_text') }}, started_at + interval 1 day) as ended_at,
        {{ moment('updated_at') }} as changed_at,
        {{ exact_amount('spend_text') }} as spend,
        if(starts_with(credential_id, 'sk-'), sha256(credential_id), nullif(credential_id, ''))
            as credential_id,
        coalesce(nullif(lower(trim(named_provider)), ''), {{ provider_of_model('sent_model') }})
            as gateway_provider,
        {%- for name in counts %}
            {{ exact_count(name ~ '_text') }} as {{ name }},
        {%- endfor %}
        {% for name in counts -%}
            {{ unreadable(name ~ '_text', name) }}{{ ' or ' if not loop.last }}
        {% endfor %} as has_unreadable_count,
        -- What a row is about: it is written again whenever its total grows.
        md5(concat_ws(
            chr(31), source_dataset
            {%- for name in [
                'start_text', 'credential_id', 'sent_model', 'model_group', 'named_provider',
                'team_id', 'user_id', 'endpoint', 'tool_name',
            ] %}, coalesce({{ name }}, chr(30)){% endfor %}
        )) as subject
    from rows_of_both
),

-- A total of many calls, whose sum does not show how the gateway's version counts.
disjoint as (
    {{ token_reading(
        'parsed',
        {
            'input': 'prompt_tokens', 'output': 'completion_tokens',
            'cache_read': 'cache_read_input_tokens', 'cache_write': 'cache_creation_input_tokens',
        },
        may_change=['reads', 'writes'],
    ) }}
),

counted as (
    select
        *,
        case
            when problem is not null then problem
            when started_at is null or ended_at <= started_at then 'no readable day'
            when has_unreadable_count then 'unreadable count'
            when least({{ counts | join(', ') }}) < 0 then 'negative count'
            when all_tokens >= 1000000000000
                then
                    'token count out of range'
                    || {{ refused_number('cast(all_tokens as varchar)', '10^12') }}
            when spend is null then 'no readable spend'
            when spend < 0 then 'negative spend'
            when not {{ is_currency_code('stated_currency') }} then 'unknown currency'
        end as refusal
    from disjoint
),

-- The FOCUS file leaves out what tells some rows apart (endpoint, tool), so that equal ones in a
-- file are rows of their own, the n-th from the largest. Where a newer file holds fewer of them,
-- nobody can say which it restates.
numbered as (
    select
        *,
        row_number() over (
            partition by source_file, subject, refusal is null
            order by spend desc, source_line asc, item_number asc
        ) as row_of_subject,
        max(delivery_rank) over (
            partition by source_dataset, account_folder, subject, refusal is null
        ) as newest_delivery
    from counted
),

compared as (
    select
        *,
        max(row_of_subject) filter (where delivery_rank = newest_delivery) over (
            partition by source_dataset, account_folder, subject, refusal is null
        ) as rows_in_newest
    from numbered
),

restated as (
    select
        * replace (
            case
                when refusal is not null then refusal
                when source_dataset = 'litellm/focus' and row_of_subject > rows_in_newest
                    then
                        'a newer file holds fewer rows that look like this one: which of them it '
                        || 'replaces cannot be told'
            end as refusal
        )
    from compared
),

identified as (
    select
        *,
        coalesce(
            strftime(started_at, '%Y-%m-%d') || '/' || subject || '#'
            || if(source_dataset = 'litellm/focus', row_of_subject, 1),
            source_file || ':' || source_line || '.' || item_number
        ) as record_id
    from restated
),

judged as (
    {{ newest_record_counts(
        'identified', ['record_id'],
        [
            'changed_at desc nulls last', 'delivery_rank desc', 'source_line desc',
            'item_number desc',
        ],
    ) }}
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        record_status,
        problem,
        nullif(concat_ws(
            '; ', notice, {{ unknown_provider_notice('gateway_provider', 'sent_model') }}
        ), '') as notice,
        account_folder,
        {{ service_of('gateway_provider', 'sent_model') }} as service,
        {{ model_without_provider('sent_model', 'gateway_provider') }} as model,
        started_at,
        ended_at,
        credential_id,
        {{ hide_email('key_alias') }} as credential_name,
        nullif(team_id, '') as team_id,
        {{ hide_email('team_alias') }} as team_name,
        user_id,
        api_requests as request_count,
        coalesce(spend > 0 or successful_requests is distinct from 0, true) as is_billable,
        input_tokens,
        cache_read_tokens,
        cache_write_5m_tokens,
        output_tokens,
        reading_certainty,
        if(spend is null, null, cast(all_tokens as {{ quantity_type() }})) as tokens,
        -- The gateway writes 0 when it does not know the model's price: that is no statement.
        if(spend > 0, spend, null) as amount,
        if(spend > 0, stated_currency, null) as currency
    from judged
)

select * from final
