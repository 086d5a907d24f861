{{ config(materialized='table') }}

with lines as (
    select * from {{ source('microsoft_365_copilot', 'assigned_licenses') }}
),

skus as (
    select * from {{ ref('base_microsoft_365_copilot__subscribed_skus') }}
    where sku_id is not null and plan_type is not null
),

-- Which ids are Copilot: the one that Microsoft documents, and those that the list of SKUs names.
known_skus as (
    select
        account_folder,
        sku_id,
        arg_max(plan_type, coalesce(snapshot_on, date '1900-01-01')) as plan_type,
        bool_or({{ is_copilot_seat('plan_type') }}) as is_copilot
    from skus
    group by account_folder, sku_id
),

items as (
    {{ json_items(
        'lines', items='value', next_page='"@odata.nextLink"', mark='assignedLicenses',
        is_empty="json_type(page, '$.value') = 'ARRAY'", expected='a page of users',
    ) }}
),

users as (
    select
        * exclude (item),
        json_type(item) as json_kind,
        nullif(trim({{ json_text('item', '$.id') }}), '') as object_id,
        nullif(trim({{ json_text('item', '$.userPrincipalName') }}), '') as user_principal_name,
        try_cast({{ json_text('item', '$.accountEnabled') }} as boolean) as is_enabled,
        {{ json_text('item', '$.signInActivity.lastSignInDateTime') }} as signed_in_text,
        {{ json_list("item -> '$.assignedLicenses'") }} as licenses,
        {{ unread_fields('item', [
            'id', 'userPrincipalName', 'accountEnabled', 'assignedLicenses', 'displayName', 'mail',
            'department', 'jobTitle', 'givenName', 'surname', 'userType', 'usageLocation',
            'signInActivity', 'licenseAssignmentStates', 'assignedPlans', 'createdDateTime',
            '@odata.type', '@odata.id',
        ]) }} as unread_fields
    from items
    where page_problem is not null or item_count > 0
),

-- One entry per licence; a user without any keeps one, so that nobody is overlooked.
entries as (
    select
        * exclude (licenses),
        licenses is not null as has_license_list,
        unnest(if(len(licenses) > 0, licenses, [cast(null as json)])) as held_license,
        generate_subscripts(if(len(licenses) > 0, licenses, [cast(null as json)]), 1)
            as license_number
    from users
),

fields as (
    select
        * exclude (held_license),
        {{ moment('signed_in_text') }} as last_authenticated_at,
        lower(nullif(trim({{ json_text('held_license', '$.skuId') }}), '')) as license_sku_id,
        coalesce(license_sku_id = '639dec6b-bb19-468b-871c-c5c441c4b0cb', false) as is_documented
    from entries
),

named as (
    select
        fields.*,
        coalesce(
            known_skus.plan_type, if(fields.is_documented, 'microsoft_365_copilot', null)
        ) as plan_type,
        coalesce(known_skus.is_copilot, fields.is_documented) as is_copilot
    from fields
    left join known_skus
        on
            fields.license_sku_id = known_skus.sku_id
            and fields.account_folder is not distinct from known_skus.account_folder
),

checked as (
    select
        *,
        cast(date_trunc('month', delivered_on) as date) as month_start,
        lower(coalesce(object_id, user_principal_name)) as holder,
        case
            when page_problem is not null then page_problem
            when coalesce(json_kind, 'nothing') != 'OBJECT' then 'not an object with a user'
            when not has_license_list then 'user without a list of licences'
            when not is_copilot then null
            when user_principal_name is null then 'no user principal name'
            when delivered_on is null then 'no date in the file name: the month is unknown'
            when {{ unreadable('signed_in_text', 'last_authenticated_at') }}
                then 'unreadable time of the last sign-in'
        end as refusal
    from named
),

-- The licences are a pool: who holds one is as the newest complete list of the month shows it.
complete_lists as (
    select
        account_folder,
        delivered_on
    from items
    where page_problem is null
    group by account_folder, delivered_on
    having not bool_and(has_next_page)
),

lists as (
    select
        account_folder,
        delivered_on,
        count(*) filter (where is_copilot and refusal is null) as copilot_licenses,
        count(distinct holder) filter (where refusal is null)
        - count(distinct holder) filter (where is_copilot and refusal is null) as other_users,
        list_sort(list_distinct(list(license_sku_id) filter (where not is_copilot)))
            as other_skus
    from checked
    group by account_folder, delivered_on
),

monthly_lists as (
    select
        lists.*,
        first_value(lists.delivered_on) over (
            partition by lists.account_folder, date_trunc('month', lists.delivered_on)
            order by complete_lists.delivered_on is not null desc, lists.delivered_on desc
        ) as deciding_on
    from lists
    left join complete_lists
        on
            lists.account_folder is not distinct from complete_lists.account_folder
            and lists.delivered_on = complete_lists.delivered_on
),

kept as (
    select
        checked.*,
        monthly_lists.deciding_on,
        monthly_lists.copilot_licenses,
        monthly_lists.other_users,
        monthly_lists.other_skus,
        row_number() over (
            partition by
                checked.account_folder, checked.delivered_on, checked.refusal is null
            order by
                checked.delivery_rank asc, checked.source_line asc, checked.page_number asc,
                checked.item_number asc, checked.license_number asc
        ) as entry_number,
        row_number() over (
            partition by
                checked.account_folder, checked.delivered_on, checked.refusal is null,
                checked.holder, checked.license_sku_id
            order by
                checked.delivery_rank desc, checked.source_line asc, checked.page_number asc,
                checked.item_number asc, checked.license_number asc
        ) as choice
    from checked
    left join monthly_lists
        on
            checked.account_folder is not distinct from monthly_lists.account_folder
            and checked.delivered_on is not distinct from monthly_lists.delivered_on
    where checked.is_copilot or checked.refusal is not null
),

told as (
    select
        *,
        -- Told once per list, on its first record.
        if(
            entry_number = 1 and refusal is null and (other_users > 0 or len(other_skus) > 0),
            other_users || ' users without a Copilot licence and ' || len(other_skus)
            || ' other articles are no seats of Copilot',
            null
        ) as left_out
    from kept
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        concat_ws(
            ':', source_file, source_line, page_number, item_number, license_number
        ) as record_id,
        case
            when refusal is not null then 'quarantined'
            when delivered_on != deciding_on then 'superseded'
            when choice = 1 then 'accepted'
            else 'duplicate'
        end as record_status,
        case
            when refusal is not null then refusal
            when delivered_on != deciding_on
                then
                    'the list of ' || strftime(deciding_on, '%Y-%m-%d') || ' shows who holds the '
                    || 'licences of the month'
            when choice = 1 then null
            else 'the same user and licence a second time in the same list'
        end as problem,
        if(refusal is null, unread_fields, null) as notice,
        left_out,
        delivered_on as snapshot_on,
        month_start,
        license_sku_id as sku_id,
        plan_type,
        {{ pseudonym('holder') }} as holder_id,
        {{ pseudonym('user_principal_name') }} as user_id,
        is_enabled,
        last_authenticated_at,
        if(page_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency
    from told
),

-- A list in which nobody holds Copilot says so, instead of leaving no trace.
lists_without_copilot as (
    select
        checked.source_dataset,
        max(checked.source_file) as source_file,
        1 as source_line,
        checked.account_folder,
        concat_ws('/', 'no seats', checked.account_folder, checked.delivered_on) as record_id,
        'quarantined' as record_status,
        'no user of this list has a licence known as Copilot: ' || max(lists.other_users)
        || ' users, '
        || max(len(lists.other_skus)) || ' other articles' as problem
    from checked
    inner join lists
        on
            checked.account_folder is not distinct from lists.account_folder
            and checked.delivered_on is not distinct from lists.delivered_on
            and lists.copilot_licenses = 0
            and lists.other_users > 0
    group by checked.source_dataset, checked.account_folder, checked.delivered_on
),

missing_pages as (
    {{ json_items_missing('items') }}
),

final as (
    select * from records
    union all by name
    select * from lists_without_copilot
    union all by name
    select * exclude (delivered_on) from missing_pages
)

select * from final
