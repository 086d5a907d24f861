with priced_usage as (
    select * from {{ ref('priced_usage') }}
    where is_billable and {{ is_one_call() }} and not coalesce({{ is_failed('status') }}, false)
),

meters as (
    select * from {{ ref('meters') }}
),

measured as (
    select
        priced_usage.*,
        meters.token_direction is not null as is_token
    from priced_usage
    left join meters on priced_usage.meter = meters.meter
),

calls as (
    select
        source_dataset,
        service,
        account_id,
        sub_account_id,
        credential_id,
        team_id,
        coalesce(claimed_user, user_id) as user_id,
        coalesce(header_department, tag_department, metadata_department) as department,
        feature,
        session_id,
        model,
        service_tier,
        record_id,
        min(started_at) as started_at,
        sum(quantity) filter (where is_token) as tokens,
        string_agg(meter || '=' || quantity, ',' order by meter asc) as quantities
    from measured
    group by all
),

-- Short calls have equal counts by chance; and calls of nobody known may be anybody's.
comparable as (
    select * from calls
    where
        tokens >= {{ var('repeat_minimum_tokens') }}
        and coalesce(session_id, credential_id, user_id) is not null
),

followed as (
    select
        record_id,
        source_dataset,
        started_at,
        lag(started_at) over same_call as previous_at,
        lag(record_id) over same_call as previous_id
    from comparable
    window same_call as (
        partition by
            source_dataset, service, account_id, sub_account_id, credential_id, team_id, user_id,
            department, feature, session_id, model, service_tier, quantities
        order by started_at asc, record_id asc
    )
),

repeats as (
    select * from followed
    where started_at <= previous_at + interval '{{ var("repeat_window_seconds") }} seconds'
),

final as (
    select
        priced_usage.usage_id,
        'repeated call' as finding,
        cast(0 as {{ unit_price_type() }}) as needed_unit_price,
        repeats.previous_id as evidence
    from priced_usage
    inner join repeats
        on
            priced_usage.source_dataset = repeats.source_dataset
            and priced_usage.record_id = repeats.record_id
)

select * from final
