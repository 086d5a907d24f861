{{ config(
    materialized='table',
    post_hook="
        select error(string_agg(problem, chr(10) order by problem)) from {{ this }}
        having count(problem) > 0
    ",
) }}

with closes as (
    select * from {{ ref('closes') }}
),

closed_files as (
    select * from {{ source('closed', 'files') }}
),

matched as (
    select
        coalesce(closes.billing_month, closed_files.billing_month) as billing_month,
        coalesce(closes.service, closed_files.service) as service,
        closes.closed_at,
        coalesce(
            closed_files.closed_file,
            strftime(closes.billing_month, '%Y-%m') || '/'
            || coalesce(url_encode(closes.service), 'all') || '.parquet'
        ) as closed_file,
        closed_files.row_count,
        closed_files.totals,
        case
            when closed_files.closed_file is null then 'is lost'
            when closes.billing_month is null then 'is in no line of seeds/organisation/closes.csv'
            else closed_files.problem
        end as fault,
        closed_files.closed_file is not null and closes.billing_month is null as is_unknown
    from closes
    full outer join closed_files
        on
            closes.billing_month = closed_files.billing_month
            and closes.service is not distinct from closed_files.service
),

final as (
    select
        billing_month,
        service,
        closed_at,
        closed_file,
        row_count,
        totals,
        'Closed month: ' || closed_file || ' in the folder AI_SPEND_CLOSED ' || fault || '. '
        || if(
            is_unknown,
            'Add its line to the seed, or take the file and its manifest away if the month was '
            || 'never closed.',
            'Put it back from a backup, its manifest beside it. Nothing is closed anew in its '
            || 'place: that would hide what has changed since (docs/closing.md).'
        ) as problem
    from matched
)

select * from final
