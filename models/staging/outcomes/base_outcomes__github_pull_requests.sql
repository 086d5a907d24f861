{{ config(materialized='table') }}

{#- `known` are documented fields that are left out on purpose: titles and texts are prose, the rest
    says nothing about the outcome. -#}
{%- set layouts = {
    'pull requests': {
        'needed': ['id', 'number', 'state', 'merged_at', 'base'],
        'known': [
            'head', 'user', 'updated_at', 'closed_at', 'created_at', 'draft', 'labels', 'title',
            'body', 'url', 'html_url', 'diff_url', 'patch_url', 'issue_url', 'commits_url',
            'review_comments_url', 'review_comment_url', 'comments_url', 'statuses_url', '_links',
            'node_id', 'merge_commit_sha', 'locked', 'active_lock_reason', 'milestone', 'assignee',
            'assignees', 'requested_reviewers', 'requested_teams', 'author_association',
            'auto_merge', 'merged', 'mergeable', 'rebaseable', 'mergeable_state', 'merged_by',
            'comments', 'review_comments', 'maintainer_can_modify', 'commits', 'additions',
            'deletions', 'changed_files',
        ],
    },
} %}
{%- set columns = layouts['pull requests'].needed + ['updated_at', 'head', 'user'] %}

with lines as (
    select * from {{ source('outcomes', 'github_pull_requests') }}
),

pull_requests as (
    {{ json_records('lines') }}
),

files as (
    {{ csv_files('pull_requests', layouts) }}
),

texts as (
    {{ texts_of_known_files('pull_requests', columns) }}
),

read_fields as (
    select
        *,
        id_text as pull_request_id,
        lower(state_text) as state,
        {{ moment('merged_at_text') }} as merged_at,
        {{ moment('updated_at_text') }} as updated_at,
        {{ hide_email(json_text('try_cast(base_text as json)', '$.repo.full_name')) }}
            as repository,
        {{ hide_email(json_text('try_cast(head_text as json)', '$.ref')) }} as branch,
        {{ pseudonym(json_text('try_cast(user_text as json)', '$.login')) }} as user_id,
        md5(cast(to_json([
            {%- for name in columns %}
                {{ name }}_text{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as varchar)) as fingerprint
    from texts
),

checked as (
    select
        *,
        case
            when csv_problem is not null then csv_problem
            when pull_request_id is null then 'no id'
            when {{ unreadable('merged_at_text', 'merged_at') }} then 'unreadable merged_at'
            when {{ unreadable('updated_at_text', 'updated_at') }} then 'unreadable updated_at'
        end as refusal
    from read_fields
),

ranked as (
    select
        *,
        row_number() over states as state_number,
        first_value(fingerprint) over states as newest_fingerprint
    from checked
    window states as (
        partition by account_folder, pull_request_id, refusal is null
        order by
            coalesce(updated_at, delivered_on) desc nulls last,
            delivery_rank desc,
            source_line desc,
            element_number desc
    )
),

-- A pull request that is not merged is no outcome, closed or not: it stays countable in quarantine
-- until a newer state says that it was merged.
judged as (
    select
        *,
        case
            when refusal is not null then 'quarantined'
            when state_number > 1 and fingerprint = newest_fingerprint then 'duplicate'
            when state_number > 1 then 'superseded'
            when merged_at is null then 'quarantined'
            else 'accepted'
        end as record_status,
        case
            when refusal is not null then refusal
            when state_number > 1 and fingerprint = newest_fingerprint
                then 'the same state was delivered again'
            when state_number > 1 then 'a newer state of this pull request was delivered'
            when merged_at is null
                then
                    'no outcome: ' || if(state = 'closed', 'closed', 'open')
                    || ' and not merged; nothing to be done'
        end as problem
    from ranked
),

pull_request_states as (
    select
        source_dataset,
        source_file,
        source_line,
        coalesce(pull_request_id, source_file || ':' || source_line || '#' || element_number)
            as record_id,
        record_status,
        problem,
        notice,
        if(refusal is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_folder,
        repository,
        branch,
        user_id,
        merged_at,
        updated_at
    from judged
),

final as (
    select * from pull_request_states
    union all by name
    {{ refused_files(columns=['account_folder']) }}
)

select * from final
