{{ config(materialized='table') }}

{#- The file exports write snake_case, the public API camelCase; a field is read under either. -#}
{%- set names = {
    'id': 'id', 'trace_id': 'traceId', 'project_id': 'projectId', 'environment': 'environment',
    'type': 'type', 'parent_observation_id': 'parentObservationId', 'start_time': 'startTime',
    'end_time': 'endTime', 'level': 'level', 'provided_model_name': 'providedModelName',
    'total_cost': 'totalCost', 'updated_at': 'updatedAt', 'user_id': 'userId',
    'session_id': 'sessionId', 'tags': 'tags', 'usage_details': 'usageDetails',
    'cost_details': 'costDetails', 'metadata': 'metadata', 'model': 'model',
    'model_parameters': 'modelParameters', 'provided_cost_details': 'providedCostDetails',
    'usage_pricing_tier_name': 'usagePricingTierName',
} %}
{%- set objects = [
    'tags', 'usage_details', 'cost_details', 'metadata', 'model_parameters', 'provided_cost_details',
] %}
{%- set texts = [] %}
{%- set jsons = [] %}
{%- for snake, camel in names.items() %}
    {%- for name in [snake, camel] | unique %}
        {%- do (jsons if snake in objects else texts).append(name) %}
    {%- endfor %}
{%- endfor %}
{#- Known and left out: content, prompts, timing, what repeats the tokens and costs. -#}
{%- set left_out = [
    'completion_start_time', 'completionStartTime', 'name', 'status_message', 'statusMessage',
    'version', 'release', 'input', 'output', 'model_id', 'modelId', 'internal_model_id',
    'internalModelId', 'usage_pricing_tier_id', 'usagePricingTierId', 'latency',
    'time_to_first_token', 'timeToFirstToken', 'prompt_id', 'promptId', 'prompt_name',
    'promptName', 'prompt_version', 'promptVersion', 'tool_calls', 'toolCalls', 'tool_call_names',
    'toolCallNames', 'tool_definitions', 'toolDefinitions', 'created_at', 'createdAt', 'bookmarked',
    'public', 'trace_name', 'traceName', 'usage', 'unit', 'inputPrice', 'outputPrice', 'totalPrice',
    'input_price', 'output_price', 'total_price', 'inputUsage', 'outputUsage', 'totalUsage',
    'inputCost', 'outputCost', 'provided_usage_details', 'providedUsageDetails',
    'calculatedInputCost', 'calculatedOutputCost', 'calculatedTotalCost', 'promptTokens',
    'completionTokens', 'totalTokens',
] %}
{#- Where the attributes of a span that came through OpenTelemetry say the tier: served, or asked for. -#}
{%- set tier_attributes = [
    'openai.response.service_tier', 'gen_ai.openai.response.service_tier',
    'openai.request.service_tier', 'gen_ai.openai.request.service_tier',
] %}
{#- What a key of the usage map counts. Clients may write keys of their own. -#}
{%- set classes = [
    'input', 'input_part', 'cache_read', 'cache_read_audio', 'cache_read_image',
    'cache_read_video', 'cache_write', 'cache_write_5m', 'cache_write_1h', 'input_audio',
    'input_image', 'input_video', 'output', 'output_part', 'reasoning', 'output_audio',
    'output_image', 'output_video', 'web_search', 'tier', 'total',
] %}

with recursive lines as (
    select * from {{ source('langfuse', 'observations') }}
),

records as (
    {{ log_records(
        'lines',
        {
            'observations as files': {'needed': ['id', 'type', 'start_time']},
            'observations of the API': {'needed': ['id', 'type', 'starttime']},
        },
        texts, jsons, left_out,
    ) }}
),

read as (
    select
        * exclude (entry),
        {%- for snake, camel in names.items() %}
            {%- set pair = 'entry.' ~ snake if snake == camel
                else 'coalesce(entry.' ~ snake ~ ', entry."' ~ camel ~ '")' %}
            {%- if snake in objects %}
                {{ exact_json(pair) }} as {{ snake }},
            {%- else %}
                nullif(trim({{ pair }}), '') as {{ snake }},
            {%- endif %}
        {%- endfor %}
        coalesce(project_id || '/', '') || coalesce(
            id, source_file || ':' || source_line || '.' || item_number
        ) as record_id
    from records
),

-- The older table knows nothing of its trace: what the enriched one says of the same observation
-- holds for both.
traced as (
    select
        * replace (
            coalesce(user_id, max(user_id) over same_record) as user_id,
            coalesce(session_id, max(session_id) over same_record) as session_id,
            cast(coalesce(
                nullif(cast(tags as varchar), '[]'), max(cast(tags as varchar)) over same_record
            ) as json) as tags
        ),
        user_id is not null or session_id is not null as is_enriched
    from read
    window same_record as (partition by source_dataset, account_folder, record_id)
),

entries as (
    select
        *,
        upper(coalesce(type, '')) as observation_type,
        {{ moment('start_time') }} as started_at,
        greatest({{ moment('end_time') }}, started_at) as ended_at,
        {{ moment('updated_at') }} as changed_at,
        list_transform(
            coalesce(json_keys(usage_details), []),
            lambda k: {
                'name': k,
                'class': case
                    when lower(k) in ('total', 'total_tokens', 'totaltokens') then 'total'
                    when contains(lower(k), 'service_tier') then 'tier'
                    when regexp_matches(lower(k), 'web_?search') then 'web_search'
                    when
                        regexp_matches(lower(k), 'ephemeral')
                        or (
                            regexp_matches(lower(k), 'cach')
                            and regexp_matches(lower(k), 'creat|writ')
                        )
                        then
                            case
                                when regexp_matches(lower(k), '1_?h') then 'cache_write_1h'
                                when regexp_matches(lower(k), '5_?m') then 'cache_write_5m'
                                else 'cache_write'
                            end
                    when regexp_matches(lower(k), 'cach')
                        then
                            case
                                when contains(lower(k), 'audio') then 'cache_read_audio'
                                when contains(lower(k), 'image') then 'cache_read_image'
                                when contains(lower(k), 'video') then 'cache_read_video'
                                else 'cache_read'
                            end
                    when regexp_matches(lower(k), 'reason|thought|thinking') then 'reasoning'
                    when regexp_matches(lower(k), 'tool_?use_?prompt') then 'input_part'
                    when regexp_matches(lower(k), '^(input|prompt)(_?tokens)?$') then 'input'
                    when regexp_matches(lower(k), '^(output|completion)(_?tokens)?$') then 'output'
                    when regexp_matches(lower(k), '^(input|prompt)|_prompt_|_input_')
                        then
                            case
                                when contains(lower(k), 'audio') then 'input_audio'
                                when contains(lower(k), 'image') then 'input_image'
                                when contains(lower(k), 'video') then 'input_video'
                                else 'input_part'
                            end
                    when
                        regexp_matches(
                            lower(k),
                            '^(output|completion|candidates)|_(output|completion|candidates)_|prediction'
                        )
                        then
                            case
                                when contains(lower(k), 'audio') then 'output_audio'
                                when contains(lower(k), 'image') then 'output_image'
                                when contains(lower(k), 'video') then 'output_video'
                                else 'output_part'
                            end
                end,
                'text': json_extract_string(usage_details, {{ json_pointer('k') }}),
                'count': {{ exact_count(
                    "json_extract_string(usage_details, " ~ json_pointer('k') ~ ")"
                ) }}
            }
        ) as uses,
        list_transform(
            coalesce(json_keys(cost_details), []),
            lambda k: {
                'name': lower(k),
                'text': json_extract_string(cost_details, {{ json_pointer('k') }}),
                'amount': {{ exact_amount(
                    "json_extract_string(cost_details, " ~ json_pointer('k') ~ ")"
                ) }}
            }
        ) as cost_parts
    from traced
),

counted as (
    select
        *,
        {%- for name in classes %}
            cast(coalesce(list_sum(list_transform(
                list_filter(uses, lambda u: u.class = '{{ name }}'), lambda u: u.count
            )), 0) as bigint) as {{ name }}_count,
        {%- endfor %}
        len(list_filter(
            uses, lambda u: nullif(trim(u.text), '') is not null and u.count is null
        )) > 0 as has_unreadable_count,
        len(list_filter(uses, lambda u: u.count < 0)) > 0 as has_negative_count,
        len(list_filter(
            cost_parts, lambda c: nullif(trim(c.text), '') is not null and c.amount is null
        )) > 0 as has_unreadable_cost,
        -- LangChain and the plugin for Codex name the tier in the keys.
        nullif(regexp_extract(
            array_to_string(list_transform(
                list_filter(uses, lambda u: u.count > 0), lambda u: lower(u.name)
            ), ' '),
            '(input|output|service_tier)_(priority|flex|batch|fast)(_| |$)', 2
        ), '') as tier_of_keys,
        'usage keys not read: ' || nullif(array_to_string(list_transform(
            list_filter(uses, lambda u: u.class is null and u.count != 0), lambda u: u.name
        ), ', '), '') as unknown_keys,
        {{ exact_amount('total_cost') }} as stated_total,
        list_filter(cost_parts, lambda c: c.name = 'total')[1].amount as total_of_parts,
        list_sum(list_transform(
            list_filter(cost_parts, lambda c: c.name != 'total'), lambda c: c.amount
        )) as sum_of_parts,
        coalesce(
            nullif(stated_total, 0), nullif(total_of_parts, 0), sum_of_parts, 0
        ) as spend
    from entries
),

-- The buckets are disjoint, except where a client sent the vendor's own numbers. A cache write may
-- be told beside its halves. Without a total of the client's the server adds up all keys, which
-- proves nothing; Pydantic AI sends an input that holds the cache and an output that holds all.
weighed as (
    select
        *,
        if(
            cache_write_5m_count + cache_write_1h_count = cache_write_count,
            0, cache_write_count
        ) + cache_write_5m_count as other_write_count,
        list_sum(list_transform(
            list_filter(uses, lambda u: u.class not in ('total', 'web_search')), lambda u: u.count
        )) in (total_count, total_count + tier_count) as is_sum_of_keys,
        lower(coalesce(
            json_extract_string({{ json_unwrapped("json_extract(metadata, '$.scope')") }}, '$.name'),
            json_extract_string(metadata, '$."scope.name"'),
            ''
        )) as scope,
        {{ json_unwrapped("json_extract(metadata, '$.attributes')") }} as attributes,
        json_extract_string(attributes, '$."gen_ai.usage.input_tokens"') as convention_input,
        coalesce(
            tier_of_keys,
            json_extract_string(metadata, '$."codex.service_tier"'),
            {%- for name in tier_attributes %}
                json_extract_string(attributes, '$."{{ name }}"'),
            {%- endfor %}
            json_extract_string(model_parameters, '$.service_tier'),
            json_extract_string(model_parameters, '$.serviceTier')
        ) as stated_tier,
        if(
            lower(json_extract_string(model_parameters, '$.speed')) = 'fast', 'fast',
            {{ service_tier('stated_tier') }}
        ) as service_tier,
        -- Langfuse's own estimate is a cost of each key, and of the standard tier.
        service_tier != 'standard'
        and coalesce(len(json_keys(provided_cost_details)), 0) = 0
        and not contains(lower(coalesce(usage_pricing_tier_name, '')), service_tier)
        and len(list_filter(cost_parts, lambda c: c.name != 'total' and c.amount > 0)) > 0
            as is_estimate_of_another_tier,
        if(
            contains(scope, 'pydantic')
            or (
                try_cast(convention_input as bigint) = input_count
                and scope != 'ai' and not contains(scope, 'bedrock')
            ),
            0, null
        ) as habit
    from counted
),

disjoint as (
    {{ token_reading(
        'weighed',
        {
            'input': 'input_count', 'output': 'output_count', 'total': 'total_count',
            'cache_read': 'cache_read_count', 'cache_write_5m': 'other_write_count',
            'cache_write_1h': 'cache_write_1h_count', 'reasoning': 'reasoning_count',
            'input_audio': 'input_audio_count', 'input_image': 'input_image_count',
            'input_video': 'input_video_count', 'input_other': 'input_part_count',
            'output_audio': 'output_audio_count', 'output_image': 'output_image_count',
            'output_video': 'output_video_count', 'output_other': 'output_part_count',
            'cache_read_audio': 'cache_read_audio_count',
            'cache_read_image': 'cache_read_image_count',
            'cache_read_video': 'cache_read_video_count',
        },
        usual=['reads', 'writes', 'reasoning', 'input_media', 'output_media'],
        may_change=['reads', 'writes', 'reasoning', 'input_media', 'output_media'],
        habit='habit',
        empty_total='is_sum_of_keys',
        cached_media='beside',
        may_lack_cache=true,
    ) }}
),

-- Pages of the API's first version state `model`, all others the longer name.
named as (
    select
        * replace (if(is_estimate_of_another_tier, 0, spend) as spend),
        coalesce(provided_model_name, model) as sent_model,
        {{ provider_of_model('coalesce(provided_model_name, model)') }} as model_provider
    from disjoint
),

labelled as (
    select
        *,
        all_tokens > 0 or spend > 0 as has_use,
        web_search_count as web_searches,
        observation_type in ('GENERATION', 'EMBEDDING') as is_call,
        coalesce(
            nullif(json_extract_string(metadata, '$.custom_llm_provider'), ''),
            nullif(json_extract_string(metadata, '$.ls_provider'), ''),
            nullif(json_extract_string(metadata, '$.attributes."gen_ai.provider.name"'), ''),
            nullif(json_extract_string(metadata, '$.attributes."gen_ai.system"'), ''),
            model_provider
        ) as served_by,
        {{ tag_list('tags') }} as request_tags,
        -- A framework's own entries and long texts are no labels.
        list_filter(
            {{ json_entries_as_tags('metadata') }},
            lambda t: length(t) <= 128
            and not regexp_matches(t, '^(ls_|langgraph_|lc_|scope|attributes|resourceAttributes)')
        ) as caller_tags,
        if(environment is null or environment = 'default', [], ['environment:' || environment])
            as environment_tags
    from named
),

checked as (
    select
        *,
        case
            when problem is not null then problem
            when id is null then 'no observation id'
            when started_at is null then 'no readable start time'
            when has_unreadable_count then 'unreadable token count'
            when has_negative_count then 'negative token count'
            when all_tokens >= 1000000000000 or input_tokens < 0 or output_tokens < 0
                then
                    'token count out of range'
                    || {{ refused_number('cast(all_tokens as varchar)', '10^12') }}
            when {{ unreadable('total_cost', 'stated_total') }} or has_unreadable_cost
                then
                    'unreadable cost'
                    || {{ refused_number(
                        "coalesce(if(stated_total is null, total_cost, null), "
                        ~ "list_filter(cost_parts, lambda c: c.amount is null)[1].text)"
                    ) }}
            when spend < 0 then 'negative cost'
        end as refusal
    from labelled
),

judged as (
    {{ newest_record_counts(
        'checked', ['record_id'],
        [
            'changed_at desc nulls last', 'is_enriched desc', 'delivery_rank desc',
            'source_line desc', 'item_number desc',
        ],
    ) }}
),

calls_by_trace as (
    select distinct
        account_folder,
        project_id,
        trace_id
    from judged
    where record_status = 'accepted' and is_call and has_use
),

users_by_parent as (
    select distinct
        account_folder,
        project_id,
        parent_observation_id
    from judged
    where record_status = 'accepted' and has_use and parent_observation_id is not null
),

-- From each call up to the root: which calls it lies in, with no other work (a tool, an agent)
-- between, for a framework and the client that it uses may both tell a call.
nodes as (
    select
        account_folder,
        project_id,
        id,
        parent_observation_id as parent_id,
        observation_type,
        is_call,
        has_use,
        all_tokens
    from judged
    where record_status = 'accepted'
),

climb as (
    select
        *,
        parent_id as above_id,
        false as is_past_call,
        1 as height
    from nodes
    where is_call and parent_id is not null
    union all
    select
        climb.* replace (
            nodes.parent_id as above_id,
            climb.is_past_call or (nodes.is_call and nodes.has_use) as is_past_call,
            climb.height + 1 as height
        )
    from climb
    inner join nodes
        on
            climb.account_folder is not distinct from nodes.account_folder
            and climb.project_id is not distinct from nodes.project_id
            and climb.above_id = nodes.id
    where
        nodes.parent_id is not null
        and climb.height < 100
        and nodes.observation_type not in ('TOOL', 'AGENT', 'RETRIEVER', 'EVALUATOR', 'GUARDRAIL')
),

pairs as (
    select
        climb.account_folder,
        climb.project_id,
        climb.id as inner_id,
        climb.has_use as is_use_inside,
        climb.is_past_call,
        climb.all_tokens as inner_tokens,
        nodes.id as outer_id,
        nodes.has_use as is_use_outside
    from climb
    inner join nodes
        on
            climb.account_folder is not distinct from nodes.account_folder
            and climb.project_id is not distinct from nodes.project_id
            and climb.above_id = nodes.id
            and climb.observation_type = nodes.observation_type
),

told_inside as (
    select
        account_folder,
        project_id,
        outer_id as id,
        sum(inner_tokens) filter (where not is_past_call) as inner_tokens
    from pairs
    where is_use_inside
    group by account_folder, project_id, outer_id
),

told_around as (
    select distinct
        account_folder,
        project_id,
        inner_id as id
    from pairs
    where not is_use_inside and is_use_outside
),

-- Only calls cost. A step (span, agent, tool ...) restates the calls inside it; it counts by itself
-- where it has tokens or costs and nothing below it or beside it does.
restated as (
    select
        judged.*,
        judged.record_status = 'accepted' and not judged.is_call and (
            not judged.has_use
            or calls_by_trace.trace_id is not null
            or users_by_parent.parent_observation_id is not null
        ) as is_restatement,
        judged.record_status = 'accepted' and judged.is_call and judged.has_use
        and told_inside.id is not null as is_told_inside,
        judged.record_status = 'accepted' and told_around.id is not null as is_told_around,
        if(is_told_inside, judged.all_tokens - told_inside.inner_tokens, null)
            as tokens_of_none
    from judged
    left join calls_by_trace
        on
            judged.account_folder is not distinct from calls_by_trace.account_folder
            and judged.project_id is not distinct from calls_by_trace.project_id
            and judged.trace_id = calls_by_trace.trace_id
    left join users_by_parent
        on
            judged.account_folder is not distinct from users_by_parent.account_folder
            and judged.project_id is not distinct from users_by_parent.project_id
            and judged.id = users_by_parent.parent_observation_id
    left join told_inside
        on
            judged.account_folder is not distinct from told_inside.account_folder
            and judged.project_id is not distinct from told_inside.project_id
            and judged.id = told_inside.id
    left join told_around
        on
            judged.account_folder is not distinct from told_around.account_folder
            and judged.project_id is not distinct from told_around.project_id
            and judged.id = told_around.id
),

final as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        if(
            is_restatement or is_told_inside or is_told_around, 'superseded', record_status
        ) as record_status,
        case
            when is_restatement then 'a step and no call: calls are observations of their own'
            when is_told_inside then 'the calls inside it tell what it sums up'
            when is_told_around then 'the call around it tells the same, with its tokens'
            else problem
        end as problem,
        nullif(concat_ws(
            '; ', notice, unknown_keys, if(record_status = 'accepted', reading_notice, null),
            if(
                tokens_of_none > 0,
                'it states ' || tokens_of_none || ' tokens more than the calls inside it', null
            ),
            if(
                is_estimate_of_another_tier,
                'its cost is an estimate of Langfuse for the standard tier: the list price of its '
                || 'own tier counts',
                null
            ),
            {{ unknown_provider_notice('served_by', 'sent_model') }}
        ), '') as notice,
        account_folder,
        id as request_id,
        project_id,
        coalesce(session_id, trace_id) as session_id,
        observation_type,
        {{ service_of('served_by', 'sent_model') }} as service,
        {{ model_without_provider('sent_model', 'model_provider') }} as model,
        service_tier,
        started_at,
        coalesce(ended_at, started_at) as ended_at,
        if(upper(level) = 'ERROR', 'failure', 'success') as status,
        status = 'success' or spend > 0 as is_billable,
        1 as request_count,
        {{ pseudonym('user_id') }} as user_id,
        {{ known_text(tag_value('request_tags', 'department')) }} as tag_department,
        {{ known_text(tag_value('caller_tags', 'department')) }} as metadata_department,
        coalesce(
            {{ known_text(tag_value('request_tags', 'feature')) }},
            {{ known_text(tag_value('caller_tags', 'feature')) }}
        ) as feature,
        {{ pseudonym(
            "coalesce(" ~ tag_value('request_tags', 'user') ~ ", "
            ~ tag_value('caller_tags', 'user') ~ ")"
        ) }} as claimed_user,
        {{ tag_entries('list_concat(request_tags, caller_tags, environment_tags)') }}
            as all_entries,
        {{ tags_json('all_entries') }} as tags,
        input_tokens,
        cache_read_tokens,
        cache_write_5m_tokens,
        cache_write_1h_tokens,
        input_audio_tokens,
        cache_read_audio_tokens,
        input_image_tokens,
        cache_read_image_tokens,
        input_video_tokens,
        cache_read_video_tokens,
        output_tokens,
        output_audio_tokens,
        output_image_tokens,
        output_video_tokens,
        web_searches,
        reading_certainty,
        unexplained_tokens,
        context_tokens,
        if(id is null, null, cast(all_tokens as {{ quantity_type() }})) as tokens,
        if(spend > 0, spend, null) as amount,
        if(spend > 0, 'USD', null) as currency
    from restated
)

select * exclude (all_entries) from final
