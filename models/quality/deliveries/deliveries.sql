{{ config(materialized='table') }}

with counts as (
    select * from {{ ref('delivery_counts') }}
),

covered as (
    select
        *,
        is_named_throughout and period_from is not null as is_named,
        if(is_named, least(period_from, first_day), first_day) as covered_from,
        -- What was delivered in the middle of the period that its name states ends there.
        if(
            is_named,
            greatest(end_day, least(period_to, cast(delivered_at as date) + interval 1 day)),
            end_day
        ) as covered_to,
        nullif(concat_ws(
            '; ',
            manifest_problem,
            missing_words,
            if(refused_count > 0, refused_count || ' file(s) cannot be read', null),
            -- A record that cannot be read often names no account either.
            if(
                quarantined_count > 0
                and sum(accepted_count + superseded_count + duplicate_count) over (
                    partition by source_dataset, delivery
                ) = 0,
                'none of its records can be read', null
            )
        ), '') as incomplete_reason
    from counts
),

-- The newest delivery of the account that states days of an older one again.
replacing as (
    select
        older.source_dataset,
        older.delivery,
        older.account_id,
        arg_max(newer.delivery, newer.delivery_order) as superseded_by
    from covered as older
    inner join covered as newer
        on
            older.source_dataset = newer.source_dataset
            and (older.account_id = newer.account_id or older.account_id is null)
            and older.delivery != newer.delivery
            and older.delivery_order < newer.delivery_order
            and older.covered_from < newer.covered_to
            and newer.covered_from < older.covered_to
    where older.superseded_count > 0 and newer.accepted_count > 0
    group by older.source_dataset, older.delivery, older.account_id
),

final as (
    select
        covered.source_dataset,
        covered.delivery,
        covered.account_id,
        covered.delivered_at,
        covered.order_known_by,
        covered.delivery_order,
        covered.places,
        covered.file_count,
        covered.covered_from,
        cast(covered.covered_to as date) as covered_to,
        case
            when covered.is_named then covered.period_known_by
            when covered.covered_from is not null then 'rows seen'
        end as covered_by,
        cast(covered.accepted_count as bigint) as accepted_count,
        cast(covered.superseded_count as bigint) as superseded_count,
        cast(covered.duplicate_count as bigint) as duplicate_count,
        cast(covered.quarantined_count as bigint) as quarantined_count,
        covered.incomplete_reason is null as is_complete,
        covered.incomplete_reason,
        replacing.superseded_by
    from covered
    left join replacing
        on
            covered.source_dataset = replacing.source_dataset
            and covered.delivery = replacing.delivery
            and covered.account_id is not distinct from replacing.account_id
)

select * from final
