{#- The vendors' models of records: every record that was delivered stands in one of them. -#}
{% macro record_models() -%}
    {{ return([
        'base_litellm__records',
        'base_openai__usage_completions',
        'base_openai__costs',
        'base_anthropic__usage_report',
        'base_anthropic__cost_report',
        'base_anthropic__messages',
        'base_github_copilot__seats',
        'base_github_copilot__billing_usage',
        'base_langfuse__observations',
        'base_helicone__requests',
        'base_portkey__logs',
        'base_litellm__rollups',
        'base_openrouter__generations',
        'base_openrouter__activity',
        'base_github_copilot__user_metrics',
        'base_microsoft_365_copilot__subscribed_skus',
        'base_microsoft_365_copilot__assigned_licenses',
        'base_microsoft_365_copilot__usage_user_detail',
        'base_google_workspace__licence_assignments',
        'base_google_workspace__gemini_activity',
        'base_openai__usage_endpoints',
        'base_openai__usage_csv',
        'base_openai__costs_csv',
        'base_anthropic__claude_code',
        'base_anthropic__console_usage_csv',
        'base_anthropic__console_cost_csv',
        'base_focus_any__cost_and_usage',
        'base_aws_bedrock__focus',
        'base_azure_openai__focus',
        'base_google_vertex__focus',
        'base_ibm_watsonx__focus',
        'base_ibm_watsonx__usage_report',
        'base_ibm_watsonx__instances_csv',
        'base_opentelemetry__traces',
        'base_coding_agents__claude_code',
        'base_coding_agents__codex',
        'base_coding_agents__gemini_cli',
        'base_chatgpt__cost_events',
        'base_chatgpt__credit_usage',
        'base_chatgpt__user_analytics',
        'base_claude_seats__analytics_summaries',
        'base_claude_seats__analytics_users',
        'base_claude_seats__cost_reports',
        'base_claude_seats__members',
        'base_claude_seats__spend_csv',
        'base_claude_seats__spend_limits',
        'base_cursor__daily_usage',
        'base_cursor__members',
        'base_cursor__spend',
        'base_cursor__usage_csv',
        'base_cursor__usage_events',
        'base_aws_bedrock__invocation_logs',
        'base_aws_bedrock__cur',
        'base_azure_openai__requests',
        'base_google_vertex__request_logs',
        'base_google_vertex__billing_export',
        'base_outcomes__events',
        'base_outcomes__metrics',
        'base_outcomes__github_pull_requests',
    ]) }}
{%- endmacro %}

{#- What the records of such a model are about, added up: one row per file, account, status and
    currency, with the days from the first to the last. A model that states no account or time, or
    only one of the names below, has null for the others.

    A record is about its period, its call's day, the month of its list, or its snapshot's day; a
    fee that reaches beyond its billing period is about that period. Quarantined ones are about
    nothing that can be trusted. -#}
{% macro record_contents(model) -%}
    {%- set stamps = [
        'billing_period_end', 'period_start', 'period_end', 'started_at', 'ended_at', 'occurred_at',
        'logged_at', 'merged_at', 'cycle_start', 'cycle_end', 'usage_date', 'outcome_date',
        'month_start',
    ] %}
    select
        source_dataset,
        source_file,
        coalesce(account_id, account_folder) as account_id,
        record_status,
        currency,
        count(*) as record_count,
        count(*) filter (where problem like '%pages are missing%') as missing_pages,
        any_value(problem) filter (where problem like '%pages are missing%') as missing_words,
        sum(amount) as amount,
        min(cast(begins_at as date)) filter (where record_status != 'quarantined') as first_day,
        max(cast(last_moment as date)) filter (where record_status != 'quarantined') as last_day
    from (
        select
            *,
            coalesce(
                period_start, started_at, occurred_at, logged_at, merged_at, cycle_start,
                usage_date, outcome_date, month_start
            ) as begins_at,
            least(
                coalesce(
                    period_end, ended_at, cycle_end,
                    if(begins_at = month_start, month_start + interval 1 month, null), begins_at
                ),
                billing_period_end
            ) as ends_at,
            greatest(begins_at, ends_at - interval 1 microsecond) as last_moment
        from (
            select
                cast(null as varchar) as account_id,
                cast(null as varchar) as account_folder,
                cast(null as varchar) as currency,
                cast(null as {{ money_type() }}) as amount,
                {%- for stamp in stamps %}
                cast(null as timestamp) as {{ stamp }}{{ ',' if not loop.last }}
                {%- endfor %}
            where false
            union all by name
            select * from {{ ref(model) }}
        )
    )
    group by all
{%- endmacro %}
