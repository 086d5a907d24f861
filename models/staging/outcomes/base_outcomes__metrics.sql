{{ config(materialized='table') }}

{%- set layouts = {'daily metrics': {'needed': ['date', 'metric', 'quantity']}} %}

with lines as (
    select * from {{ source('outcomes', 'metrics') }}
),

csv as (
    {{ csv_records('lines') }}
),

files as (
    {{ csv_files('csv', layouts) }}
),

texts as (
    {{ texts_of_known_files('csv', ['date', 'metric', 'quantity']) }}
),

read_fields as (
    select
        *,
        if(
            regexp_full_match(date_text, '20\d\d-\d\d-\d\d'), try_cast(date_text as date), null
        ) as outcome_date,
        regexp_replace(lower({{ hide_email('metric_text') }}), '[^a-z0-9]+', '_', 'g')
            as outcome_type,
        try_cast(quantity_text as {{ quantity_type() }}) as quantity
    from texts
),

checked as (
    select
        *,
        case
            when csv_problem is not null then csv_problem
            when outcome_date is null then 'no readable date (YYYY-MM-DD)'
            when coalesce(outcome_type, '_') = '_' then 'no metric'
            when quantity_text is null then 'no quantity'
            when quantity is null
                then 'unreadable quantity' || {{ refused_number('quantity_text', '10^24') }}
            when quantity <= 0 then 'quantity is not above 0: leave out days without outcomes'
        end as refusal
    from read_fields
),

-- Nobody can say which of two different counts in one file is the right one.
contradicted as (
    select
        *,
        case
            when refusal is not null then refusal
            when
                min(quantity) over same_in_file != max(quantity) over same_in_file
                then 'the file counts this date and metric twice and differently: keep one line'
        end as final_refusal
    from checked
    window same_in_file as (
        partition by source_file, outcome_date, outcome_type, refusal is null
    )
),

ranked as (
    select
        *,
        row_number() over counts as count_number,
        first_value(quantity) over counts as newest_quantity
    from contradicted
    window counts as (
        partition by account_folder, outcome_date, outcome_type, final_refusal is null
        order by delivery_rank desc, source_line asc
    )
),

metrics as (
    select
        source_dataset,
        source_file,
        source_line,
        coalesce(outcome_date || '/' || outcome_type, source_file || ':' || source_line)
            as record_id,
        {{ delivery_verdict(
            'count_number', 'quantity = newest_quantity',
            "'the same count was delivered again'",
            "'a newer delivery counts this date and metric again'",
            refusal='final_refusal',
        ) }},
        notice,
        if(final_refusal is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_folder,
        outcome_date,
        outcome_type,
        quantity
    from ranked
),

final as (
    select * from metrics
    union all by name
    {{ refused_files(columns=['account_folder']) }}
)

select * from final
