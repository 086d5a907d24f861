{#- Records of FOCUS Cost and Usage files, of any version from 1.0 to 1.4: rows as focus_rows gives
    them, typed, in the names of the shape focus_lines, checked and with their status.

    What a delivery states again is decided by billing_deliveries, for the days and sub accounts of
    a billing account's billing period. Of one delivery in two versions the higher one counts where
    it names the same sub accounts and days. Two exports of the same rows in one delivery are one,
    however they are spelled and cut into files. Equal rows of one export all count.

    Tokens are single tokens and priced by the million where a unit or the meter's name says that
    they are tokens and how many make a unit. A list or contracted cost of 0 beside a payable
    amount is unknown. A unit price that has more decimals than the shape, and a quantity that is
    too large for it, are left out rather than rounded. Free text that holds an e-mail address
    becomes a pseudonym.

    Google lists credits beside a cost that usually contains them: they become lines of their own
    only where BilledCost is the contracted cost before credits, so that no credit is lost or
    counted twice.

    rows  relation of focus_rows
    provider  key of the cloud whose folder it is; none where any provider's files arrive
    known  columns that are left unread on purpose -#}
{% macro focus_records(rows, provider=none, known=[]) -%}
    {#- What single providers add: the same whichever folder their file lies in. -#}
    {%- set read = [
        'x_servicecode', 'x_usagetype', 'x_serviceid', 'x_project', 'x_labels', 'x_projectlabels',
        'x_tags', 'x_credits', 'x_skumetercategory', 'x_skumetersubcategory', 'x_skumetername',
        'x_pricingblocksize', 'x_costcenter',
    ] -%}
    {%- set needed = [
        'billedcost', 'effectivecost', 'billingcurrency', 'billingaccountid',
        'billingperiodstart', 'billingperiodend', 'chargeperiodstart', 'chargeperiodend',
        'chargecategory', 'servicename',
    ] -%}
    {%- set known_columns = focus_columns() + read + known -%}
    {%- set amounts = {
        'billed_amount': 'billedcost', 'stated_effective_amount': 'effectivecost',
        'stated_list_amount': 'listcost', 'stated_contracted_amount': 'contractedcost',
        'stated_list_price': 'listunitprice', 'stated_contracted_price': 'contractedunitprice',
        'stated_pricing_quantity': 'pricingquantity', 'stated_quantity': 'consumedquantity',
        'stated_pc_list_price': 'pricingcurrencylistunitprice',
        'stated_pc_contracted_price': 'pricingcurrencycontractedunitprice',
        'pricing_currency_effective_amount': 'pricingcurrencyeffectivecost',
        'stated_commitment_quantity': 'commitmentdiscountquantity',
    } -%}
    {%- set moments = {
        'stated_billing_start': 'billingperiodstart', 'stated_billing_end': 'billingperiodend',
        'stated_period_start': 'chargeperiodstart', 'stated_period_end': 'chargeperiodend',
    } -%}
    with files as (
        {{ csv_files(rows, {
            'FOCUS 1.3 or later': {
                'needed': needed + ['serviceprovidername'], 'known': known_columns,
            },
            'FOCUS 1.0 to 1.2': {'needed': needed + ['providername'], 'known': known_columns},
        }) }}
    ),

    -- A file without any row says nothing about a delivery.
    readable_rows as (
        select
            landed.* exclude (is_header, problem),
            landed.problem as row_problem,
            {{ focus_version('landed.header') }} as focus_version,
            files.notice as file_notice
        from {{ rows }} as landed
        inner join files on landed.source_file = files.source_file
        where not landed.is_header and files.layout is not null
    ),

    texts as (
        select
            * exclude (header, fields),
            {%- for column in focus_columns() + read %}
                {{ focus_value(column) }} as {{ column }}_text{{ ',' if not loop.last }}
            {%- endfor %}
        from readable_rows
    ),

    parsed as (
        select
            *,
            md5(cast(to_json([
                {%- for column in focus_columns() + read %}
                    {{ column }}_text{{ ',' if not loop.last }}
                {%- endfor %}
            ]) as varchar)) as fingerprint,
            {%- for name, column in amounts.items() %}
                {{ exact_amount(
                    column ~ '_text', 'decimal(38, 14)' if 'quantity' in column else none
                ) }} as {{ name }},
            {%- endfor %}
            {%- for name, column in moments.items() %}
                {{ moment(
                    "regexp_replace(" ~ column ~ "_text, "
                    "'^([0-9-]{10}[T ][0-9]{2}:[0-9]{2})(Z|[+-].*)?$', '\\1:00\\2')"
                ) }} as {{ name }},
            {%- endfor %}
            {{ allowed_word(
                'chargecategory_text', ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment']
            ) }} as charge_category,
            {{ allowed_word('chargeclass_text', ['Correction']) }} as charge_class,
            coalesce(serviceprovidername_text, providername_text) as service_provider_name,
            {%- if provider %}
                '{{ provider }}' as provider,
            {%- else %}
                {{ focus_provider('coalesce(serviceprovidername_text, providername_text)') }}
                    as provider,
            {%- endif %}
            -- Google's view of 2024 names the account again instead of the project.
            if(
                subaccountid_text = billingaccountid_text and x_project_text is not null,
                json_extract_string(try_cast(x_project_text as json), '$.id'),
                subaccountid_text
            ) as sub_account_id,
            concat_ws(
                ' ', servicename_text, publishername_text, x_servicecode_text, x_serviceid_text,
                x_skumetercategory_text, x_skumetersubcategory_text
            ) as service_text,
            coalesce(
                skumeter_text,
                x_skumetername_text,
                x_usagetype_text,
                if(provider = 'google_cloud', chargedescription_text, null)
            ) as meter_text,
            coalesce(meter_text, chargedescription_text) as article_text,
            {{ focus_credits('x_credits_text') }} as stated_credits,
            {%- for column in ['tags', 'x_labels', 'x_tags', 'x_projectlabels', 'allocatedtags'] %}
                {{ focus_json(column ~ '_text') }} as {{ column }}_json{{ ',' if not loop.last }}
            {%- endfor %}
        from texts
    ),

    named as (
        select
            *,
            {{ focus_service(
                'provider', 'service_text', 'article_text',
                "concat_ws(' ', resourcetype_text, resourceid_text)"
            ) }} as service,
            upper(billingcurrency_text) as currency,
            coalesce(stated_effective_amount, billed_amount) as effective_amount,
            billed_amount != 0 or effective_amount != 0 as is_payable,
            {{ billing_month('stated_billing_start', 'stated_billing_end') }} as calendar_month,
            coalesce(calendar_month, date_trunc('second', stated_billing_start))
                as billing_period_start,
            coalesce(
                calendar_month + interval 1 month, {{ exclusive_end('stated_billing_end') }}
            ) as billing_period_end,
            date_trunc('second', stated_period_start) as period_start,
            -- A charge without duration is one of that day, or second.
            case
                when stated_period_end > stated_period_start
                    then {{ exclusive_end('stated_period_end') }}
                when
                    stated_period_end = stated_period_start
                    and stated_period_start = date_trunc('day', stated_period_start)
                    then stated_period_start + interval 1 day
                when stated_period_end = stated_period_start
                    then date_trunc('second', stated_period_start) + interval 1 second
            end as period_end,
            {%- for name, unit in {
                'tokens_per_unit': 'consumedunit_text',
                'tokens_per_priced_unit': 'pricingunit_text',
            }.items() %}
                case
                    when
                        service = 'ibm_watsonx' and {{ unit }} is not null
                        and {{ ibm_token_unit("concat_ws(' ', skumeter_text, " ~ unit ~ ")") }}
                        then 1000
                    -- A marketplace model's article on Bedrock that says only units counts millions.
                    when
                        service = 'aws_bedrock' and lower({{ unit }}) = 'units'
                        and regexp_matches(
                            lower(meter_text),
                            '(^|-)mp:[a-z0-9]+_(input|output|cache).*(token|cache_?(read|write))'
                        )
                        then 1000000
                    else {{ token_unit(unit) }}
                end as {{ name }},
            {%- endfor %}
            {{ unit_block('pricingunit_text') }} as priced_block,
            try_cast(stated_quantity as {{ quantity_type() }}) as unit_quantity,
            try_cast(stated_pricing_quantity as {{ quantity_type() }}) as priced_quantity,
            {{ is_token_meter('service', 'meter_text') }} as is_token_meter,
            try(list_sum(list_transform(stated_credits, lambda c: c.amount))) as credit_total,
            try(billed_amount - stated_contracted_amount) as above_contracted
        from parsed
    ),

    -- How many tokens a priced unit stands for, where that is certain: the unit's text says it, or
    -- the meter counts tokens, and block and quantities agree to one token.
    sized as (
        select
            *,
            try(above_contracted - credit_total) as above_net,
            case
                when tokens_per_priced_unit is not null then tokens_per_priced_unit
                when
                    is_token_meter and priced_block > 1
                    and try(abs(
                        {{ exact_product('priced_quantity', 'priced_block', 'decimal(38, 10)') }}
                        - unit_quantity
                    )) <= 1
                    then priced_block
                when
                    is_token_meter and try_cast(x_pricingblocksize_text as decimal(10, 0)) > 1
                    and try(abs(
                        {{ exact_product(
                            'priced_quantity', 'try_cast(x_pricingblocksize_text as decimal(10, 0))',
                            'decimal(38, 10)'
                        ) }}
                        - unit_quantity
                    )) <= 1
                    then try_cast(x_pricingblocksize_text as decimal(10, 0))
            end as tokens_per_price
        from named
    ),

    counted as (
        select
            *,
            case
                when charge_category is distinct from 'Usage' then null
                -- The same number in two units: the unit of the price is what is charged.
                when
                    tokens_per_unit != tokens_per_priced_unit and unit_quantity = priced_quantity
                    then {{ exact_product(
                        'priced_quantity', 'tokens_per_priced_unit', quantity_type()
                    ) }}
                when tokens_per_unit is not null
                    then {{ exact_product('unit_quantity', 'tokens_per_unit', quantity_type()) }}
                when
                    tokens_per_priced_unit is not null
                    and coalesce(unit_quantity, priced_quantity) = priced_quantity
                    then {{ exact_product(
                        'priced_quantity', 'tokens_per_priced_unit', quantity_type()
                    ) }}
                when
                    tokens_per_price is not null
                    and try(abs(
                        {{ exact_product('priced_quantity', 'tokens_per_price', 'decimal(38, 10)') }}
                        - unit_quantity
                    )) <= 1
                    then unit_quantity
                -- Google counts tokens and calls them requests.
                when
                    is_token_meter and service in ('google_vertex', 'gemini_api')
                    and lower(consumedunit_text) in ('requests', 'request', 'count')
                    then unit_quantity
            end as token_count,
            -- Whichever of the two sums is nearer to the billed cost is what it contains.
            coalesce(abs(above_contracted) < abs(above_net), false) as is_before_credits
        from sized
    ),

    normalised as (
        select
            *,
            try_cast(token_count as {{ quantity_type() }}) as tokens,
            case
                when charge_category is distinct from 'Usage' then null
                when tokens is not null then tokens
                else unit_quantity
            end as quantity,
            case
                when quantity is null then null
                when tokens is not null then 'Tokens'
                when provider = 'ibm_cloud' then {{ ibm_unit('consumedunit_text') }}
                else consumedunit_text
            end as unit,
            coalesce(tokens_per_price in (1, 1000, 1000000), false) as is_priced_by_tokens,
            case
                when is_priced_by_tokens
                    then {{ exact_product(
                        exact_product('priced_quantity', 'tokens_per_price', 'decimal(38, 10)'),
                        '0.000001', pricing_quantity_type()
                    ) }}
                else try_cast(stated_pricing_quantity as {{ pricing_quantity_type() }})
            end as pricing_quantity,
            case
                when is_priced_by_tokens then '1000000 Tokens'
                when provider = 'ibm_cloud' then {{ ibm_unit('pricingunit_text') }}
                else pricingunit_text
            end as pricing_unit,
            case tokens_per_price
                when 1 then 1000000
                when 1000 then 1000
                else 1
            end as price_factor,
            {%- for name in ['list_price', 'contracted_price', 'pc_list_price', 'pc_contracted_price'] %}
                {%- set factors = [
                    'try_cast(stated_' ~ name ~ ' as decimal(27, 14))',
                    'if(is_priced_by_tokens, price_factor, 1)',
                ] %}
                {{ exact_product(factors[0], factors[1], unit_price_type(), bounded=true) }}
                    as rounded_{{ name }},
                if(
                    try_cast(stated_{{ name }} as decimal(27, 14)) = stated_{{ name }}
                    and rounded_{{ name }}
                    = {{ exact_product(factors[0], factors[1], 'decimal(38, 14)', bounded=true) }}
                    and not (stated_{{ name }} = 0 and is_payable),
                    rounded_{{ name }}, null
                ) as {{ name }},
            {%- endfor %}
            if(stated_list_amount = 0 and is_payable, null, stated_list_amount) as list_amount,
            if(
                stated_contracted_amount = 0 and is_payable, null, stated_contracted_amount
            ) as contracted_amount,
            if(tokens is not null, {{ token_meter('article_text') }}, null) as meter,
            if(meter is not null, {{ token_tier('article_text') }}, null) as service_tier,
            if(is_before_credits, stated_credits, []) as credits,
            if(is_before_credits, credit_total, 0) as separate_credits,
            list_filter(
                flatten([
                    {%- for column in ['tags', 'x_labels', 'x_tags', 'x_projectlabels'] %}
                        {{ focus_tag_entries(column ~ '_json') }}{{ ',' if not loop.last }}
                    {%- endfor %}
                ]),
                lambda e: e.k is not null
            ) as tag_entries,
            {{ focus_tag_entries('allocatedtags_json') }} as allocated_tag_entries
        from counted
    ),

    judged as (
        select
            *,
            case
                when row_problem is not null then row_problem
                when provider is null then 'no provider named'
                when stated_billing_start is null or stated_billing_end is null
                    then 'no readable billing period'
                when billing_period_end <= billing_period_start
                    then 'the billing period ends before it starts'
                when stated_period_start is null or stated_period_end is null
                    then 'no readable charge period'
                when period_end is null then 'the charge period ends before it starts'
                when billedcost_text is null then 'no billed cost'
                when billed_amount is null
                    then 'unreadable billed cost' || {{ refused_number('billedcost_text') }}
                when not {{ is_currency_code('billingcurrency_text') }}
                    then 'no ISO 4217 billing currency: ' || coalesce(billingcurrency_text, 'empty')
                when charge_category is null
                    then 'unknown charge category: ' || coalesce(chargecategory_text, 'empty')
                when
                    charge_class is null and lower(chargeclass_text) not in ('regular', 'none')
                    then 'unknown charge class: ' || chargeclass_text
                when len(list_filter(stated_credits, lambda c: c.amount is null)) > 0
                    then
                        'unreadable credit'
                        || {{ refused_number(first_unreadable_amount(
                            'try_cast(x_credits_text as json)', ['$.Amount', '$.amount']
                        )) }}
                {%- for name, column in amounts.items() if name != 'billed_amount' %}
                    when {{ unreadable(column ~ '_text', name) }}
                        then 'unreadable {{ column }}' || {{ refused_number(column ~ '_text') }}
                {%- endfor %}
            end as refusal
        from normalised
    ),

    restatable as (
        select
            *,
            regexp_replace(source_file, '/[^/]*$', '') as place,
            {{ focus_content() }} as content,
            provider || '/' || coalesce(lower(billingaccountid_text), '') as account_id
        from judged
    ),

    delivered as (
        {{ billing_deliveries(
            'restatable', 'content', part='sub_account_id', edition='focus_version'
        ) }}
    ),

    folder_copies as (
        {{ focus_copies('delivered') }}
    ),

    decided as (
        select
            delivered.* exclude (account_id, copy_of, content, place),
            coalesce(delivered.copy_of, folder_copies.copy_of) as copy_of,
            case
                when delivered.superseded_by is not null then 'superseded'
                when delivered.refusal is not null then 'quarantined'
                when coalesce(delivered.copy_of, folder_copies.copy_of) is not null
                    then 'duplicate'
                else 'accepted'
            end as record_status,
            case
                when delivered.superseded_by_delivery[1] = delivered.delivery
                    then 'the delivery states this day in FOCUS '
                        || delivered.superseded_by_delivery[2] || ' too'
                when delivered.superseded_by is not null
                    then 'a newer delivery states this day again: ' || delivered.superseded_by
                when delivered.refusal is not null then delivered.refusal
                else
                    'the same rows of the billing period as in '
                    || coalesce(delivered.copy_of, folder_copies.copy_of)
            end as problem,
            nullif(concat_ws(
                '; ', delivered.file_notice,
                if(
                    least(abs(delivered.above_contracted), abs(delivered.above_net)) > 0.000001
                    and delivered.above_net is not null,
                    'credits that the costs do not show', null
                ),
                if(record_status = 'accepted', delivered.delivery_notice, null)
            ), '') as notice
        from delivered
        left join folder_copies
            on
                delivered.source_dataset = folder_copies.source_dataset
                and delivered.delivery = folder_copies.delivery
                and delivered.focus_version = folder_copies.focus_version
                and delivered.place = folder_copies.place
                and delivered.account_id = folder_copies.account_id
                and delivered.billing_period_start = folder_copies.billing_period_start
    ),

    records as (
        select
            source_dataset,
            source_file,
            source_line,
            coalesce(
                if(
                    row_problem is null,
                    concat_ws(
                        '/', provider, billingaccountid_text,
                        strftime(billing_period_start, '%Y-%m-%d'), fingerprint
                    ) || '#' || row_number() over (
                        partition by
                            fingerprint, if(record_status = 'accepted', '', source_file)
                        order by delivery_rank asc, source_line asc, record_number asc
                    ),
                    null
                ),
                source_file || ':' || source_line
            ) as record_id,
            record_status,
            problem,
            notice,
            focus_version,
            provider,
            service,
            billingaccountid_text as account_id,
            {{ hide_email('billingaccountname_text') }} as account_name,
            billingaccounttype_text as account_type,
            {{ hide_email('sub_account_id') }} as sub_account_id,
            {{ hide_email('subaccountname_text') }} as sub_account_name,
            subaccounttype_text as sub_account_type,
            billing_period_start,
            billing_period_end,
            period_start,
            period_end,
            if(
                charge_category in ('Usage', 'Purchase')
                and {{ is_seat_article('service', "concat_ws(
                    ' ', article_text, chargedescription_text, skuid_text, unit, pricing_unit
                )") }},
                'seat', 'usage'
            ) as charge_scope,
            charge_category,
            charge_class,
            {{ allowed_word(
                'chargefrequency_text', ['One-Time', 'Recurring', 'Usage-Based']
            ) }} as charge_frequency,
            {{ hide_email('chargedescription_text') }} as charge_description,
            billed_amount,
            effective_amount,
            list_amount,
            contracted_amount,
            list_price as list_unit_price,
            contracted_price as contracted_unit_price,
            pricing_quantity,
            if(pricing_quantity is not null, pricing_unit, null) as pricing_unit,
            {{ allowed_word(
                'pricingcategory_text', ['Standard', 'Dynamic', 'Committed', 'Other']
            ) }} as pricing_category,
            upper(pricingcurrency_text) as pricing_currency,
            pc_list_price as pricing_currency_list_unit_price,
            pc_contracted_price as pricing_currency_contracted_unit_price,
            pricing_currency_effective_amount,
            quantity,
            unit,
            invoiceid_text as invoice_id,
            invoicedetailid_text as invoice_detail_id,
            service_provider_name,
            hostprovidername_text as host_provider_name,
            invoiceissuername_text as invoice_issuer_name,
            publishername_text as publisher_name,
            {{ cloud_service_name('service', 'servicename_text') }} as service_name,
            -- The same platform in one category, whichever export names it.
            if(
                servicesubcategory_text is null and service in (
                    'aws_bedrock', 'azure_openai', 'google_vertex', 'gemini_api', 'ibm_watsonx'
                ),
                null,
                servicecategory_text
            ) as service_category,
            servicesubcategory_text as service_subcategory,
            {{ hide_email('resourceid_text') }} as resource_id,
            {{ hide_email('resourcename_text') }} as resource_name,
            resourcetype_text as resource_type,
            regionid_text as region_id,
            regionname_text as region_name,
            availabilityzone_text as availability_zone,
            skuid_text as sku_id,
            skupriceid_text as sku_price_id,
            skumeter_text as sku_meter,
            {{ json_object_or_null('skupricedetails_text') }} as sku_price_details,
            capacityreservationid_text as capacity_reservation_id,
            {{ allowed_word('capacityreservationstatus_text', ['Used', 'Unused']) }}
                as capacity_reservation_status,
            {{ allowed_word('commitmentdiscountcategory_text', ['Spend', 'Usage']) }}
                as commitment_discount_category,
            commitmentdiscountid_text as commitment_discount_id,
            commitmentdiscountname_text as commitment_discount_name,
            try_cast(stated_commitment_quantity as {{ pricing_quantity_type() }})
                as commitment_discount_quantity,
            {{ allowed_word('commitmentdiscountstatus_text', ['Used', 'Unused']) }}
                as commitment_discount_status,
            commitmentdiscounttype_text as commitment_discount_type,
            commitmentdiscountunit_text as commitment_discount_unit,
            {{ json_object_or_null('commitmentprogrameligibilitydetails_text') }}
                as commitment_program_eligibility_details,
            {{ json_object_or_null('contractapplied_text') }} as contract_applied,
            allocatedmethodid_text as allocated_method_id,
            {{ json_object_or_null('allocatedmethoddetails_text') }} as allocated_method_details,
            {{ hide_email('allocatedresourceid_text') }} as allocated_resource_id,
            {{ hide_email('allocatedresourcename_text') }} as allocated_resource_name,
            {{ tags_json('allocated_tag_entries') }} as allocated_tags,
            {{ token_model('service', 'meter', 'meter_text', 'service_text') }} as model,
            meter,
            service_tier,
            {{ focus_tag('tag_entries', ['department', 'dept']) }} as tag_department,
            {{ focus_tag('tag_entries', ['feature']) }} as feature,
            {{ tags_json('tag_entries') }} as tags,
            cast(null as varchar) as user_id,
            {{ hide_email('x_costcenter_text') }} as cost_center,
            credits,
            effective_amount is not distinct from billed_amount as is_effective_as_billed,
            coalesce(tokens, 0) as tokens,
            try(billed_amount + coalesce(separate_credits, 0)) as amount,
            if(billed_amount is not null, currency, null) as currency
        from decided
    )

    select * from records
    union all by name
    {{ refused_files() }}
{%- endmacro %}

{#- The lines of FOCUS records: one per record, and one per credit that its billed cost does not
    contain. -#}
{% macro focus_lines_of(records) -%}
    select
        *,
        source_dataset || '/' || record_id as focus_line_id
    from {{ records }}
    union all by name
    select
        * exclude (credit, credit_number)
        replace (
            'Credit' as charge_category,
            credit.name as charge_description,
            credit.amount as billed_amount,
            if(is_effective_as_billed, credit.amount, 0) as effective_amount
        ),
        source_dataset || '/' || record_id || '/credit/' || credit_number as focus_line_id
    from (
        select
            {#- What belongs to the line that the credit is for, and not to the credit. -#}
            * exclude (
                credits, list_amount, contracted_amount, list_unit_price, contracted_unit_price,
                pricing_quantity, pricing_unit, pricing_category, pricing_currency_list_unit_price,
                pricing_currency_contracted_unit_price, pricing_currency_effective_amount,
                quantity, unit, meter
            ),
            unnest(credits) as credit,
            generate_subscripts(credits, 1) as credit_number
        from {{ records }}
    )
{%- endmacro %}

{#- What a FOCUS row says, in typed values that no version and no writer spells differently; null for
    a row that cannot be read. -#}
{% macro focus_content() -%}
    if(
        row_problem is null,
        cast(hash(
            period_start, period_end, charge_category, charge_class, lower(sub_account_id),
            lower(resourceid_text), lower(skuid_text), lower(chargedescription_text),
            lower(commitmentdiscountid_text), billed_amount, effective_amount, currency,
            list_sort(list_transform(
                tag_entries, lambda e: lower(e.k) || '=' || coalesce(cast(e.v as varchar), '')
            ))
        ) as varchar),
        null
    )
{%- endmacro %}

{#- Folders of one delivery and version whose rows of a billing period all stand in another of its
    folders, which is copy_of. A delivery in one folder has none. -#}
{% macro focus_copies(rows) -%}
    with folders as (
        select
            source_dataset, delivery, focus_version, account_id, billing_period_start,
            count(distinct place) as folder_count
        from {{ rows }}
        where superseded_by is null and refusal is null and copy_of is null
        group by all
        having folder_count > 1
    ),

    row_counts as (
        select
            told.source_dataset, told.delivery, told.focus_version, told.account_id,
            told.billing_period_start, told.place,
            told.content,
            count(*) as row_count,
            max(told.source_file) as source_file
        from {{ rows }} as told
        inner join folders
            using (source_dataset, delivery, focus_version, account_id, billing_period_start)
        where told.superseded_by is null and told.refusal is null and told.copy_of is null
        group by all
    ),

    sizes as (
        select
            source_dataset, delivery, focus_version, account_id, billing_period_start, place,
            sum(row_count) as row_count,
            max(source_file) as source_file
        from row_counts
        group by all
    ),

    shared as (
        select
            small.source_dataset, small.delivery, small.focus_version, small.account_id,
            small.billing_period_start, small.place,
            large.place as large_place,
            sum(least(small.row_count, large.row_count)) as row_count
        from row_counts as small
        inner join row_counts as large
            using (
                source_dataset, delivery, focus_version, account_id, billing_period_start, content
            )
        where small.place != large.place
        group by all
    )

    select
        small.source_dataset, small.delivery, small.focus_version, small.account_id,
        small.billing_period_start, small.place,
        arg_max(large.source_file, (large.row_count, large.source_file)) as copy_of
    from shared
    inner join sizes as small
        on
            shared.source_dataset = small.source_dataset
            and shared.delivery = small.delivery
            and shared.focus_version = small.focus_version
            and shared.account_id = small.account_id
            and shared.billing_period_start = small.billing_period_start
            and shared.place = small.place
            and shared.row_count = small.row_count
    inner join sizes as large
        on
            shared.source_dataset = large.source_dataset
            and shared.delivery = large.delivery
            and shared.focus_version = large.focus_version
            and shared.account_id = large.account_id
            and shared.billing_period_start = large.billing_period_start
            and shared.large_place = large.place
            and (small.row_count, small.source_file) < (large.row_count, large.source_file)
    group by all
{%- endmacro %}
