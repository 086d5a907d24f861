{#- Anthropic's words in ours, the same in its reports and responses. -#}

{#- A null workspace is the default workspace, where the report breaks workspaces out at all. -#}
{% macro anthropic_workspace_id(workspace, is_broken_out) -%}
    coalesce(nullif({{ workspace }}, ''), if({{ is_broken_out }}, 'default', null))
{%- endmacro %}

{% macro anthropic_workspace_name(workspace, is_broken_out) -%}
    if(nullif({{ workspace }}, '') is null and {{ is_broken_out }}, 'Default workspace', null)
{%- endmacro %}

{#- The lowest number of input tokens of a context band such as '200k-1M', or as the Console writes
    it, with a sign before 200k. -#}
{% macro anthropic_context_floor(band) -%}
    case replace(lower({{ band }}), ' ', '')
        when '0-200k' then 0
        when '≤200k' then 0
        when '<=200k' then 0
        when '200k-1m' then 200001
        when '>200k' then 200001
    end
{%- endmacro %}

{#- Where inference had to stay, when that is priced apart. -#}
{% macro anthropic_geo(geo) -%}
    if(lower({{ geo }}) in ('', 'global', 'not_available'), null, lower({{ geo }}))
{%- endmacro %}

{#- The iterations of a message as Anthropic states them (compaction, advisor, fallback ...), each with
    its model and disjoint counts; null where there are none. Input excludes the cache; a write
    without a lifetime lives five minutes; `problem` says why an iteration cannot be read. -#}
{% macro anthropic_iterations(json, model) -%}
    {%- set counts = [
        'input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens', 'output_tokens',
    ] -%}
    {%- set spec = '[' ~ json_fields(counts + ['model'], {'cache_creation': json_fields(
        ['ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens']
    )}) ~ ']' -%}
    {%- set fields = {} -%}
    {%- for name in counts %}{%- do fields.update({name: 'i.' ~ name}) %}{%- endfor -%}
    {%- set hour = 'i.cache_creation.ephemeral_1h_input_tokens' -%}
    {%- set minutes = 'i.cache_creation.ephemeral_5m_input_tokens' -%}
    {%- do fields.update({'hour': hour, 'minutes': minutes}) -%}
    {%- set faults = [] -%}
    {%- for field in fields.values() -%}
        {%- do faults.append(unreadable(field, exact_count(field))) -%}
        {%- do faults.append('coalesce(' ~ exact_count(field) ~ ' < 0, false)') -%}
    {%- endfor -%}
    {%- set count = {} -%}
    {%- for name, field in fields.items() -%}
        {%- do count.update({name: 'coalesce(' ~ exact_count(field) ~ ', 0)'}) -%}
    {%- endfor -%}
    case
        when json_type({{ json }}) = 'ARRAY' and json_array_length({{ json }}) > 0
            then
                list_filter(list_transform(
                    from_json({{ json }}, '{{ spec }}'),
                    lambda i: {
                        'model': coalesce(nullif(i.model, ''), {{ model }}),
                        'input_tokens': {{ count.input_tokens }},
                        'cache_read_tokens': {{ count.cache_read_input_tokens }},
                        'cache_write_5m_tokens': greatest(
                            {{ count.cache_creation_input_tokens }} - {{ count.hour }}, {{ count.minutes }}
                        ),
                        'cache_write_1h_tokens': {{ count.hour }},
                        'output_tokens': {{ count.output_tokens }},
                        'tokens': {{ count.input_tokens }} + {{ count.cache_read_input_tokens }}
                        + greatest(
                            {{ count.cache_creation_input_tokens }},
                            {{ count.minutes }} + {{ count.hour }}
                        )
                        + {{ count.output_tokens }},
                        'problem': case
                            when {{ faults | join(' or ') }} then 'unreadable count'
                            when i.input_tokens is null then 'no input_tokens'
                            when i.output_tokens is null then 'no output_tokens'
                            when
                                {{ exact_count(fields.cache_creation_input_tokens) }}
                                < {{ count.minutes }} + {{ count.hour }}
                                then
                                    'token counts contradict themselves: '
                                    || 'writes by lifetime exceed all cache writes'
                        end
                    }
                ), lambda i: i.tokens > 0 or i.problem is not null)
    end
{%- endmacro %}

{#- The iterations that count in a message's stead: all of them, for the counts of the whole leave some
    out. Null where there are none, one cannot be read, or they are fewer than the message. -#}
{% macro counting_iterations(iterations, all_tokens) -%}
    if(
        list_sum(list_transform({{ iterations }}, lambda i: i.tokens)) >= {{ all_tokens }}
        and len(list_filter({{ iterations }}, lambda i: i.problem is not null)) = 0,
        {{ iterations }}, null
    )
{%- endmacro %}

{#- What is to be said of iterations that do not count. -#}
{% macro iteration_notice(iterations, all_tokens) -%}
    case
        when len({{ iterations }}) > 0 and {{ counting_iterations(iterations, all_tokens) }} is null
            then
                'iterations state '
                || abs(list_sum(list_transform({{ iterations }}, lambda i: i.tokens)) - {{ all_tokens }})
                || ' tokens '
                || if(
                    list_sum(list_transform({{ iterations }}, lambda i: i.tokens)) < {{ all_tokens }},
                    'fewer', 'more'
                ) || ' than the message: not read'
    end
{%- endmacro %}

{#- The Console writes the name of the key. Claude Code names the keys that it makes after the person
    who signed in. -#}
{% macro anthropic_key_name(name) -%}
    case
        when {{ is_claude_code_key(name) }} then 'claude-code-' || {{ pseudonym(name) }}
        else {{ hide_email(name) }}
    end
{%- endmacro %}

{% macro is_claude_code_key(name) -%}
    starts_with(lower({{ name }}), 'claude_code_key_')
{%- endmacro %}

{#- The tier of a Console row: its cost file says message, its usage file standard. -#}
{% macro anthropic_console_tier(usage_type, speed) -%}
    case
        when lower({{ speed }}) = 'fast' then 'fast'
        when contains(lower({{ usage_type }}), 'batch') then 'batch'
        when lower({{ usage_type }}) in ('message', 'messages') then 'standard'
        else {{ service_tier(usage_type) }}
    end
{%- endmacro %}

{#- Rows of Console CSV files with their period, account, restatement and identity. `rows` is the
    lines of known files with the columns of csv_records and `notice`. A file with times of the day
    tells hours, else days. The Console names a workspace, it does not give its id. `is_readable` and
    `amount` are SQL over the fields: whether a row says how much, and its money. -#}
{% macro anthropic_console_rows(rows, is_readable, amount='null') -%}
    with dated as (
        select
            *,
            account_folder as account_id,
            {{ csv_value('usage_date_utc') }} as date_text,
            {{ moment('date_text') }} as started_at,
            coalesce(
                bool_or(started_at != date_trunc('day', started_at)) over (
                    partition by source_file
                ),
                false
            ) as is_hourly,
            started_at + if(is_hourly, interval 1 hour, interval 1 day) as ended_at,
            cast(started_at as date) as stated_on,
            {{ hide_email(csv_value('workspace')) }} as workspace,
            {{ csv_value('api_key') }} as key_name,
            source_dataset || coalesce('/' || account_id, '') as scope,
            source_file as statement,
            delivery_rank as statement_order,
            source_file as named_by,
            true as has_all_pages,
            [
                if(
                    list_contains(header, 'workspace'),
                    coalesce(lower(workspace), 'default'),
                    ''
                )
            ] as part,
            true as is_row,
            problem is null and coalesce({{ is_readable }}, false) as is_stated,
            {{ named_days('source_file', 'delivered_on') }} as named_days,
            named_days[1] as stated_first,
            named_days[2] as stated_last,
            {{ amount }} as cell_amount,
            {{ "'USD'" if amount != 'null' else 'null' }} as cell_currency
        from {{ rows }}
    ),

    told as (
        {{ with_delivery_cells('dated', keeps_start=false) }}
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
                when started_at is null then 'no readable usage_date_utc'
            end as row_problem,
            md5(cast(fields as varchar)) as fingerprint
        from told
    )

    -- Equal rows are different groups that the export shows alike: they are told apart by counting.
    select
        *,
        if(lower(coalesce(workspace, 'default')) = 'default', 'default', workspace)
            as workspace_id,
        if(
            lower(coalesce(workspace, 'default')) = 'default', 'Default workspace', workspace
        ) as workspace_name,
        {{ is_claude_code_key('key_name') }} as is_agent_key,
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
