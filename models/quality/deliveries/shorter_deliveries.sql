with deliveries as (
    select * from {{ ref('deliveries') }}
),

files as (
    select * from {{ ref('landing_files') }}
),

contents as (
    select * from {{ ref('delivery_contents') }}
),

shorter as (
    select
        older.source_dataset,
        newer.delivery,
        newer.account_id,
        older.delivery as older_delivery,
        older.account_id as older_account_id,
        'the delivery ends before ' || newer.covered_to || ', ' || older.delivery || ' before '
        || older.covered_to || ': what that states after it stays' as notice
    from deliveries as older
    inner join deliveries as newer
        on
            older.source_dataset = newer.source_dataset
            and older.superseded_by = newer.delivery
            and (older.account_id = newer.account_id or older.account_id is null)
    where older.accepted_count > 0 and newer.covered_to < older.covered_to
),

-- Accounts that stood in one file or run with one that a newer delivery replaces, and are not in
-- it. Files that only have one date may be of different vendors.
together as (
    select distinct
        files.source_dataset,
        files.delivery,
        mine.account_id,
        other.account_id as other_account_id
    from contents as mine
    inner join files
        on
            mine.source_dataset = files.source_dataset
            and mine.source_file = files.source_file
    inner join contents as other
        on
            mine.source_dataset = other.source_dataset
            and mine.source_file = other.source_file
            and mine.account_id != other.account_id
    union
    select
        mine.source_dataset,
        mine.delivery,
        mine.account_id,
        other.account_id as other_account_id
    from deliveries as mine
    inner join deliveries as other
        on
            mine.source_dataset = other.source_dataset
            and mine.delivery = other.delivery
            and mine.account_id != other.account_id
    where mine.order_known_by in ('manifest', 'folder')
),

dropped as (
    select distinct
        kept.source_dataset,
        replaced.superseded_by as delivery,
        kept.account_id,
        kept.delivery as older_delivery,
        kept.account_id as older_account_id,
        'the delivery does not name the account, ' || kept.delivery
        || ' does: what that states stays' as notice
    from deliveries as kept
    inner join deliveries as replaced
        on
            kept.source_dataset = replaced.source_dataset
            and kept.delivery = replaced.delivery
            and kept.covered_from < replaced.covered_to
            and replaced.covered_from < kept.covered_to
    inner join together
        on
            kept.source_dataset = together.source_dataset
            and kept.delivery = together.delivery
            and kept.account_id = together.account_id
            and replaced.account_id = together.other_account_id
    anti join deliveries as newer
        on
            replaced.source_dataset = newer.source_dataset
            and replaced.superseded_by = newer.delivery
            and kept.account_id = newer.account_id
    where replaced.superseded_by is not null and kept.accepted_count > 0
),

final as (
    select * from shorter
    union all by name
    select * from dropped
)

select * from final
