with records as (
    select * from {{ ref('landing_records') }}
    where notice is not null
),

unexplained as (
    select * from {{ ref('unexplained_tokens') }}
),

margins as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        gateway_margin
    from {{ ref('base_litellm__records') }}
    where record_status = 'accepted' and gateway_margin is not null
),

-- A record states its own figures; a file's notice is one for all of its records.
noted as (
    select
        records.source_dataset,
        records.source_file,
        regexp_replace(
            regexp_replace(
                records.notice,
                'its total is [0-9]+ tokens, its parts are -?[0-9]+',
                'token counts that no reading explains: the total is not what the parts make'
            ),
            '[0-9]+ tokens', 'tokens', 'g'
        ) as notice,
        abs(unexplained.unexplained_tokens) as tokens_at_stake,
        coalesce(unexplained.cost_at_stake, margins.gateway_margin) as cost_at_stake,
        coalesce(unexplained.currency, if(margins.record_id is not null, 'USD', null))
            as currency
    from records
    left join unexplained
        on
            records.source_dataset = unexplained.source_dataset
            and records.source_file = unexplained.source_file
            and records.source_line = unexplained.source_line
            and records.record_id = unexplained.record_id
    left join margins
        on
            records.source_dataset = margins.source_dataset
            and records.source_file = margins.source_file
            and records.source_line = margins.source_line
            and records.record_id = margins.record_id
),

final as (
    select
        source_dataset,
        source_file,
        notice,
        count(*) as record_count,
        cast(sum(tokens_at_stake) as bigint) as tokens_at_stake,
        cast(sum(cost_at_stake) as {{ money_type() }}) as cost_at_stake,
        max(currency) as currency
    from noted
    group by all
)

select * from final
