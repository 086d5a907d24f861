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
    select * from {{ ref('shorter_deliveries') }}
),

datasets as (
    select * from {{ ref('datasets') }}
),

-- What of a delivery counts, and what a newer one replaced.
money as (
    select
        files.source_dataset,
        files.delivery,
        contents.account_id,
        contents.currency,
        sum(contents.amount) filter (where contents.record_status = 'accepted') as accepted_amount,
        sum(contents.amount) filter (where contents.record_status = 'superseded')
            as superseded_amount
    from contents
    inner join files
        on
            contents.source_dataset = files.source_dataset
            and contents.source_file = files.source_file
    where contents.currency is not null
    group by all
),

incomplete as (
    select
        source_dataset,
        delivery,
        account_id,
        cast(null as varchar) as older_delivery,
        delivery as money_of,
        account_id as money_account_id,
        'incomplete' as kind,
        'the delivery is incomplete: ' || incomplete_reason as notice
    from deliveries
    where not is_complete
),

replaced as (
    select
        older.source_dataset,
        newer.delivery,
        newer.account_id,
        older.delivery as older_delivery,
        older.delivery as money_of,
        older.account_id as money_account_id,
        'modification time' in (older.order_known_by, newer.order_known_by) as is_guessed,
        -- Two accounts whose files were put into folders that do not name them look like this.
        older.account_id is null and newer.account_id is null and older.places != newer.places
            as is_elsewhere,
        older.places as older_places,
        newer.places
    from deliveries as older
    inner join deliveries as newer
        on
            older.source_dataset = newer.source_dataset
            and older.superseded_by = newer.delivery
            and (older.account_id = newer.account_id or older.account_id is null)
),

doubted as (
    select
        * exclude (is_guessed, is_elsewhere, older_places, places),
        'order guessed' as kind,
        'the delivery counts before ' || older_delivery
        || ' for the modification time of files alone: put the date into their names' as notice
    from replaced
    where is_guessed
    union all by name
    select
        * exclude (is_guessed, is_elsewhere, older_places, places),
        'other place' as kind,
        'the delivery in ' || places || ' counts before ' || older_delivery || ' in '
        || older_places || ': if these are two accounts, name their folders account=NAME' as notice
    from replaced
    where is_elsewhere
),

-- Logs and reports are replaced file by file, also within a delivery.
within as (
    select
        deliveries.source_dataset,
        deliveries.delivery,
        deliveries.account_id,
        cast(null as varchar) as older_delivery,
        deliveries.delivery as money_of,
        deliveries.account_id as money_account_id,
        'order guessed' as kind,
        'of its files the newest counts for the modification time alone: put the date into their'
        || ' names' as notice
    from deliveries
    inner join datasets on deliveries.source_dataset = datasets.source_dataset
    where
        deliveries.order_known_by = 'modification time'
        and deliveries.file_count > 1
        and deliveries.accepted_count > 0
        and deliveries.superseded_count > 0
        and deliveries.superseded_by is null
        and contains(datasets.shapes, 'bill_lines')
),

notices as (
    select * from incomplete
    union all by name
    select * from within
    union all by name
    select * from doubted
    union all by name
    select
        * exclude (older_account_id),
        older_delivery as money_of,
        older_account_id as money_account_id,
        'less than before' as kind
    from shorter
),

final as (
    select distinct
        notices.source_dataset,
        notices.delivery,
        notices.account_id,
        notices.older_delivery,
        notices.kind,
        notices.notice,
        cast(
            if(
                notices.kind in ('order guessed', 'other place'),
                money.superseded_amount, money.accepted_amount
            )
            as {{ money_type() }}
        ) as amount,
        if(amount is null, null, money.currency) as currency
    from notices
    left join money
        on
            notices.source_dataset = money.source_dataset
            and notices.money_of = money.delivery
            and notices.money_account_id is not distinct from money.account_id
)

select * from final
