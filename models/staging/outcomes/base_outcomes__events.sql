{{ config(materialized='table') }}

{%- set layouts = {
    'outcome events': {
        'needed': ['outcome_id', 'outcome_type', 'occurred_at', 'status'],
        'known': [
            'quantity', 'value_amount', 'value_currency', 'department', 'feature', 'user_id',
            'correlation_key', 'correlation_value', 'source_system', 'reported_at',
        ],
    },
} %}
{%- set columns = layouts['outcome events'].needed + layouts['outcome events'].known %}
{%- set numbers = ['outcome_id', 'quantity', 'value_amount', 'correlation_value'] %}

with lines as (
    select * from {{ source('outcomes', 'events') }}
),

-- The first line tells JSON from CSV; a Parquet file begins with its header line, like CSV.
first_lines as (
    select
        source_file,
        regexp_matches(arg_min(trim(line), source_line), '^[\[{]') as is_json
    from lines
    where trim(line) != ''
    group by source_file
),

json_lines as (
    select lines.*
    from lines
    inner join first_lines on lines.source_file = first_lines.source_file
    where first_lines.is_json
),

csv_lines as (
    select lines.*
    from lines
    inner join first_lines on lines.source_file = first_lines.source_file
    where not first_lines.is_json
),

json_objects as (
    {{ json_records('json_lines', list_fields=['events'], exact=numbers) }}
),

csv as (
    {{ csv_records('csv_lines') }}
),

written as (
    select * from json_objects
    union all by name
    select
        *,
        1 as element_number
    from csv
),

files as (
    {{ csv_files('written', layouts) }}
),

texts as (
    {{ texts_of_known_files('written', columns) }}
),

read_fields as (
    select
        *,
        {{ hide_email('outcome_id_text') }} as event_id,
        regexp_replace(lower({{ hide_email('outcome_type_text') }}), '[^a-z0-9]+', '_', 'g')
            as outcome_type,
        {{ moment('occurred_at_text') }} as occurred_at,
        lower(status_text) as status,
        if(quantity_text is null, 1, try_cast(quantity_text as {{ quantity_type() }}))
            as quantity,
        {{ exact_amount('value_amount_text', money_type()) }} as value_amount,
        upper(value_currency_text) as value_currency,
        {%- for name in [
            'department', 'feature', 'correlation_key', 'correlation_value', 'source_system',
        ] %}
            if(
                {{ known_text(name ~ '_text') }} is null, null, {{ hide_email(name ~ '_text') }}
            ) as {{ name }},
        {%- endfor %}
        if({{ known_text('user_id_text') }} is null, null, {{ pseudonym('user_id_text') }})
            as user_id,
        {{ moment('reported_at_text') }} as reported_at,
        md5(cast(to_json([
            {%- for name in columns %}
                {{ name }}_text{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as varchar)) as fingerprint
    from texts
),

-- A value below 0 would undo an outcome that its status still counts.
checked as (
    select
        *,
        case
            when csv_problem is not null then csv_problem
            when event_id is null
                then 'no outcome_id: its later states could not be told from other outcomes'
            when coalesce(outcome_type, '_') = '_' then 'no outcome_type'
            when {{ unreadable('occurred_at_text', 'occurred_at') }}
                then 'unreadable occurred_at: write an ISO 8601 time or Unix seconds'
            when occurred_at is null then 'no occurred_at'
            when status is null then 'no status: write confirmed, assumed or reversed'
            when status not in ('confirmed', 'assumed', 'reversed')
                then
                    'unknown status ' || left({{ hide_email('status') }}, 40)
                    || ': write confirmed, assumed or reversed'
            when {{ unreadable('reported_at_text', 'reported_at') }}
                then 'unreadable reported_at: write an ISO 8601 time or Unix seconds'
            when quantity is null
                then 'unreadable quantity' || {{ refused_number('quantity_text', '10^24') }}
            when quantity < 0 then 'negative quantity: report the status reversed instead'
            when {{ unreadable('value_amount_text', 'value_amount') }}
                then 'unreadable value_amount' || {{ refused_number('value_amount_text') }}
            when value_amount < 0 then 'negative value_amount: report the status reversed instead'
            when value_amount is not null and value_currency is null
                then 'value_amount without value_currency'
            when value_amount is not null and not {{ is_currency_code('value_currency') }}
                then
                    'unknown currency ' || left({{ hide_email('value_currency') }}, 20)
                    || ': write an ISO 4217 code'
        end as refusal
    from read_fields
),

-- The newest state of an outcome counts. One that does not say when it was reported was true when
-- its file was delivered.
ranked as (
    select
        *,
        row_number() over states as state_number,
        first_value(fingerprint) over states as newest_fingerprint
    from checked
    window states as (
        partition by account_folder, event_id, refusal is null
        order by
            coalesce(reported_at, delivered_on) desc nulls last,
            delivery_rank desc,
            source_line desc,
            element_number desc
    )
),

events as (
    select
        source_dataset,
        source_file,
        source_line,
        coalesce(event_id, source_file || ':' || source_line || '#' || element_number)
            as record_id,
        {{ delivery_verdict(
            'state_number', 'fingerprint = newest_fingerprint',
            "'the same state was delivered again'", "'a newer state of this outcome was reported'",
        ) }},
        notice,
        -- Outcomes carry no spend: what they are worth is no money that was charged.
        if(refusal is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_folder,
        outcome_type,
        occurred_at,
        status,
        quantity,
        value_amount,
        if(value_amount is not null, value_currency, null) as value_currency,
        department,
        feature,
        user_id,
        if(correlation_value is not null, correlation_key, null) as correlation_key,
        if(correlation_key is not null, correlation_value, null) as correlation_value,
        source_system,
        reported_at
    from ranked
),

final as (
    select * from events
    union all by name
    {{ refused_files(columns=['account_folder']) }}
)

select * from final
