{#- Records of OpenAI's costs and completions usage. The API's results and the dashboard's CSV have
    the same fields, read here once. `entries` has the place of the record (source_dataset,
    source_file, source_line), record_id, account_id, started_at, ended_at, notice, layout_problem,
    superseded_by, entry_problem (why the entry cannot be one) and the struct entry of text. -#}

{#- A dashboard CSV as entries. `rows` is the lines of known files, with the columns of csv_records and
    `notice`; `measures` and `texts` are the names of the fields to read, `is_readable` and `amount`
    SQL over `entry`: whether it says how much, and its money. Days without any measure are buckets
    without a result: no record, but the file covers them. -#}
{% macro openai_csv_entries(rows, object, measures, texts, is_readable, amount='null') -%}
    with texts as (
        select
            source_dataset,
            source_file,
            source_line,
            account_folder,
            delivery_rank,
            delivered_on,
            notice,
            problem,
            {{ csv_value('start_time') }} as start_text,
            {{ csv_value('end_time') }} as end_text,
            {{ csv_value('start_time_iso') }} as start_iso,
            {{ csv_value('end_time_iso') }} as end_iso,
            {
                'object': '{{ object }}',
                {%- for name in measures + texts %}
                '{{ name }}': {{ csv_value(name) }}{{ ',' if not loop.last }}
                {%- endfor %}
            } as entry
        from {{ rows }}
    ),

    timed as (
        select
            *,
            -- An empty day does not name the organisation that the rest of its file does.
            coalesce(
                entry.organization_id,
                if(
                    count(distinct entry.organization_id) over (partition by source_file) = 1,
                    max(entry.organization_id) over (partition by source_file),
                    null
                ),
                account_folder
            ) as account_id,
            coalesce({{ moment('start_text') }}, {{ moment('start_iso') }}) as started_at,
            coalesce({{ moment('end_text') }}, {{ moment('end_iso') }}) as ended_at,
            cast(started_at as date) as stated_on,
            {% for name in measures -%}
            entry.{{ name }} is null and {{ '' }}
            {%- endfor -%}
            problem is null as is_empty,
            source_dataset || coalesce('/' || account_id, '') as scope,
            source_file as statement,
            delivery_rank as statement_order,
            source_file || chr(10) || coalesce(account_id, '') as named_by,
            true as has_all_pages,
            [coalesce(entry.project_id, ''), coalesce(entry.api_key_id, '')] as part,
            not is_empty as is_row,
            is_empty or coalesce({{ is_readable }}, false) as is_stated,
            {{ named_days('source_file', 'delivered_on') }} as named_days,
            named_days[1] as stated_first,
            named_days[2] as stated_last,
            {{ amount }} as cell_amount,
            {{ "upper(entry.amount_currency)" if amount != 'null' else 'null' }} as cell_currency
        from texts
    ),

    told as (
        {{ with_delivery_cells('timed', dimensions=2, keeps_start=false) }}
    ),

    judged as (
        select
            * replace (
                nullif(
                    concat_ws(
                        '; ', notice, if(replaced_by is null and is_stated, delivery_notice, null)
                    ),
                    ''
                ) as notice
            ),
            'the day is told again by ' || replaced_by as superseded_by,
            case
                when problem is not null then problem
                when started_at is null or ended_at is null
                    then 'no readable start_time and end_time'
                when
                    ended_at <= started_at
                    or date_trunc('day', ended_at - interval 1 microsecond)
                    != date_trunc('day', started_at)
                    then 'period is no part of one day of UTC'
            end as entry_problem,
            md5(cast([
                start_text, end_text, start_iso, end_iso, cast(entry as varchar)
            ] as varchar)) as fingerprint
        from told
        where not is_empty
    )

    -- Equal rows are different groups that the export shows alike: they are told apart by counting.
    select
        source_dataset,
        source_file,
        source_line,
        account_id,
        started_at,
        ended_at,
        notice,
        cast(null as varchar) as layout_problem,
        superseded_by,
        entry_problem,
        entry,
        if(
            problem is not null,
            source_file || '#' || source_line,
            coalesce(stated_on || '/', '') || fingerprint || '#' || row_number() over (
                partition by account_id, fingerprint, coalesce(superseded_by, '')
                order by delivery_rank, source_line
            )
        ) as record_id
    from judged
{%- endmacro %}

{#- The one record of a file whose layout is unknown, in the columns of entries. -#}
{% macro openai_unknown_files(files) -%}
    select
        source_dataset,
        source_file,
        source_line,
        account_folder as account_id,
        layout_problem,
        source_file || '#' || source_line as record_id
    from {{ files }}
    where layout is null
{%- endmacro %}

{% macro openai_usage_counts() -%}
    {{ return([
        'input_tokens', 'input_uncached_tokens', 'input_cached_tokens', 'input_cache_write_tokens',
        'input_text_tokens', 'input_audio_tokens', 'input_image_tokens',
        'input_cached_text_tokens', 'input_cached_audio_tokens', 'input_cached_image_tokens',
        'output_tokens', 'output_text_tokens', 'output_audio_tokens', 'output_image_tokens',
        'num_model_requests',
    ]) }}
{%- endmacro %}

{#- Whose use it was, in fields that all results of usage and costs share. -#}
{% macro openai_owners() -%}
    {{ return([
        'project_id', 'project_name', 'user_id', 'user_email', 'api_key_id', 'organization_id',
        'api_source',
    ]) }}
{%- endmacro %}

{% macro openai_usage_records(entries) -%}
    {%- set counts = openai_usage_counts() %}
    with counted as (
        select
            *,
            {%- for count in counts %}
            {{ exact_count('entry.' ~ count) }} as {{ count }},
            {%- endfor %}
            {% for count in counts -%}
            {{ unreadable('entry.' ~ count, exact_count('entry.' ~ count)) }}
            {{- ' or ' if not loop.last }}
            {% endfor %} as has_unreadable_count,
            least({{ counts | join(', ') }}) < 0 as has_negative_count
        from {{ entries }}
    ),

    -- Cached tokens and cache writes are inside input.
    token_totals as (
        select
            *,
            coalesce(
                input_cached_tokens,
                coalesce(input_cached_text_tokens, 0) + coalesce(input_cached_audio_tokens, 0)
                + coalesce(input_cached_image_tokens, 0)
            ) as cached_tokens,
            -- The CSV has no column for writes: there they are what uncached and cached leave.
            coalesce(
                input_cache_write_tokens,
                if(
                    source_dataset = 'openai/usage_csv',
                    greatest(input_tokens - cached_tokens - input_uncached_tokens, 0),
                    null
                ),
                0
            ) as cache_write_tokens,
            input_tokens - cached_tokens - cache_write_tokens as uncached_tokens,
            -- Until 2026 a modality's input contained its cached part. It shows where the modalities
            -- together exceed the uncached input by exactly the cached one.
            coalesce(
                cached_tokens > 0
                and input_text_tokens + input_audio_tokens + input_image_tokens
                = uncached_tokens + cached_tokens,
                false
            ) as is_cached_inside_modality
        from counted
    ),

    modalities as (
        select
            *,
            coalesce(input_cached_audio_tokens, 0) as cached_audio_tokens,
            coalesce(input_cached_image_tokens, 0) as cached_image_tokens,
            coalesce(input_audio_tokens, 0)
            - if(is_cached_inside_modality, cached_audio_tokens, 0) as uncached_audio_tokens,
            coalesce(input_image_tokens, 0)
            - if(is_cached_inside_modality, cached_image_tokens, 0) as uncached_image_tokens
        from token_totals
    ),

    -- Text is what the other modalities leave of the totals: a class that the vendor adds later
    -- stays counted.
    token_classes as (
        select
            *,
            uncached_tokens - uncached_audio_tokens - uncached_image_tokens as uncached_text_tokens,
            cached_tokens - cached_audio_tokens - cached_image_tokens as cached_text_tokens,
            output_tokens - coalesce(output_audio_tokens, 0)
            - coalesce(output_image_tokens, 0) as text_output_tokens
        from modalities
    ),

    checked as (
        select
            *,
            case
                when layout_problem is not null then layout_problem
                when entry_problem is not null then entry_problem
                when has_unreadable_count then 'unreadable count'
                when has_negative_count then 'negative count'
                when input_tokens is null then 'no input_tokens'
                when output_tokens is null then 'no output_tokens'
                when try_cast(input_tokens + output_tokens as {{ quantity_type() }}) is null
                    then 'more tokens than a quantity can hold'
                when uncached_tokens < 0
                    then 'token counts contradict themselves: cached and written exceed input'
                when input_uncached_tokens != uncached_tokens
                    then
                        'token counts contradict themselves: '
                        || 'input is not uncached + cached + cache writes'
                when least(uncached_text_tokens, uncached_audio_tokens, uncached_image_tokens) < 0
                    then 'token counts contradict themselves: audio and image exceed uncached input'
                when cached_text_tokens < 0
                    then 'token counts contradict themselves: audio and image exceed cached input'
                when text_output_tokens < 0
                    then 'token counts contradict themselves: audio and image exceed output'
            end as refusal
        from token_classes
    )

    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        {{ openai_verdict() }},
        notice,
        try_cast(input_tokens + output_tokens as {{ quantity_type() }}) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        {{ openai_owner_columns() }},
        nullif(entry.model, '') as model,
        if(
            lower(entry.batch) = 'true', 'batch', {{ service_tier('entry.service_tier') }}
        ) as service_tier,
        started_at,
        ended_at,
        num_model_requests,
        input_tokens,
        uncached_text_tokens,
        uncached_audio_tokens,
        uncached_image_tokens,
        cached_text_tokens,
        cached_audio_tokens,
        cached_image_tokens,
        cache_write_tokens,
        output_tokens,
        text_output_tokens,
        coalesce(output_audio_tokens, 0) as output_audio_tokens,
        coalesce(output_image_tokens, 0) as output_image_tokens
    from checked
{%- endmacro %}

{#- Costs. The entry holds value and currency of the amount as amount_value and amount_currency. -#}
{% macro openai_cost_records(entries) -%}
    -- Dollars, not cents. More than 18 decimals are rounded half up to the 18 that money has.
    with fields as (
        select
            *,
            {{ exact_amount('entry.amount_value') }} as amount,
            upper(nullif(trim(entry.amount_currency), '')) as currency,
            nullif(trim(entry.line_item), '') as line_item,
            lower(nullif(trim(entry.quantity_unit), '')) as quantity_unit,
            try_cast(entry.quantity as {{ quantity_type() }}) as stated_quantity,
            {{ exact_product(
            'stated_quantity', "if(quantity_unit = '1000_tokens', 1000, 1)", quantity_type(),
            bounded=true
        ) }} as quantity
        from {{ entries }}
    ),

    -- [<tier> | ]<model>[ <modality>], <direction>[, long context]
    line_items as (
        select
            *,
            regexp_extract(
                line_item,
                '^(?:([a-z_]+) [|] )?([^ ,|]+)(?: (text|audio|image))?, '
                || '(input|cached input|output|cache writes)(, long context)?$',
                ['tier', 'model', 'modality', 'direction', 'long_context']
            ) as words
        from fields
    ),

    checked as (
        select
            *,
            case
                when layout_problem is not null then layout_problem
                when entry_problem is not null then entry_problem
                when {{ unreadable('entry.amount_value', 'amount') }}
                    then 'unreadable amount' || {{ refused_number('entry.amount_value') }}
                when amount is null then 'no amount'
                when currency is null then 'no currency'
                when not {{ is_currency_code('currency') }}
                    then 'unknown currency ' || left(currency, 20)
                when {{ unreadable('entry.quantity', 'quantity') }}
                    then 'unreadable quantity' || {{ refused_number('entry.quantity', '10^24') }}
                when quantity < 0 and amount >= 0 then 'negative quantity with an amount to pay'
            end as refusal
        from line_items
    )

    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        {{ openai_verdict() }},
        notice,
        cast(
            if(
                amount >= 0 and quantity_unit in ('tokens', '1000_tokens'),
                coalesce(quantity, 0), 0
            ) as {{ quantity_type() }}
        ) as tokens,
        amount,
        if(amount is not null, currency, null) as currency,
        {{ openai_owner_columns() }},
        line_item,
        nullif(words.tier, '') as tier,
        nullif(words.model, '') as model,
        nullif(words.modality, '') as modality,
        nullif(words.direction, '') as direction,
        words.long_context != '' as is_long_context,
        quantity,
        quantity_unit,
        started_at,
        ended_at
    from checked
{%- endmacro %}

{#- record_status and problem of an entry with its layout_problem, superseded_by and refusal. -#}
{% macro openai_verdict() -%}
    case
        when layout_problem is not null then 'quarantined'
        when superseded_by is not null then 'superseded'
        when refusal is not null then 'quarantined'
        else 'accepted'
    end as record_status,
    if(layout_problem is null, coalesce(superseded_by, refusal), layout_problem) as problem
{%- endmacro %}

{#- Whose use it was. The source agents_api is the agents' own; null elsewhere, where nothing says
    what used the API. -#}
{% macro openai_owner_columns() -%}
    coalesce(nullif(entry.organization_id, ''), account_id) as account_id,
        nullif(entry.project_id, '') as project_id,
        {{ hide_email("nullif(entry.project_name, '')") }} as project_name,
        nullif(entry.api_key_id, '') as api_key_id,
        {{ pseudonym("coalesce(nullif(entry.user_email, ''), entry.user_id)") }} as user_id,
        if(lower(entry.api_source) = 'agents_api', true, null) as is_agentic
{%- endmacro %}
