{#- Every way in which a model's name may stand in a price list, in the order in which they are tried:
    as written, then without what gateways and clouds put around it (paths, colons, ARNs, versions,
    @default, a region's prefix), each of them first as it is and then with its date spelt out. One
    row per name and spelling.

    name_tier  what the name says of its own price: free (:free) or fast (-fast); else null
    marks  words in it that make another model of a model (mini, audio, 8b ...)
    problem  why no list can price the name, in words; else null

    names  relation with service and model -#}
{% macro model_spellings(names) -%}
    {%- set marks = [
        'fast', 'mini', 'nano', 'micro', 'lite', 'pro', 'max', 'ultra', 'plus', 'turbo', 'flash',
        'air', 'small', 'medium', 'large', 'audio', 'realtime', 'tts', 'transcribe', 'diarize',
        'search', 'image', 'images', 'video', 'live', 'native', 'codex', 'deep', 'research',
        'embed', 'embedding', 'embeddings', 'rerank', 'guard', 'safeguard', 'ocr', 'robotics',
        'translate', 'online', 'nitro', 'floor', 'exacto', 'distill', 'distilled', 'tuned', 'ft',
        'finetuned', 'finetune', 'lora', 'highspeed', 'lightning', 'ultrafast', 'priority', 'batch', 'flex',
        'cyber', 'coder', 'vl', 'sonic', 'gov', 'free', 'custom', 'streaming', 'canvas', 'reel',
    ] -%}
    with written as (
        select
            service,
            model,
            regexp_replace(replace(lower(trim(model)), '%40', '@'), '\s*\[1m\]$', '') as full_name,
            -- What a company called its own training is no part of the model's name.
            coalesce(nullif(regexp_extract(full_name, '(^|/)(ft:[^:]+)', 2), ''), full_name) as name,
            {{ service_of_key(provider_key("regexp_extract(name, '^([a-z0-9_.-]+)[/:]', 1)")) }}
                as path_service,
            contains(full_name, 'us-gov') as is_gov
        from {{ names }}
    ),

    pathed as (
        select
            *,
            string_split(
                if(
                    path_service is not null and not starts_with(name, 'ft:'),
                    regexp_replace(name, '[/:]', '/'),
                    name
                ),
                '/'
            ) as parts,
            case
                when regexp_matches(full_name, '(^|/)tunedmodels/') then 'a tuned model'
                when regexp_matches(full_name, '(^|/)azure(_ai)?/(eu|us)/')
                    then 'a data zone, which has prices of its own'
                when
                    path_service != service
                    -- These also publish models that others serve.
                    and not regexp_matches(name, '^(microsoft|amazon|nvidia)/')
                    and path_service in (
                        'aws_bedrock', 'azure_openai', 'google_vertex', 'openrouter_api', 'groq_api',
                        'together_ai_api', 'fireworks_ai_api', 'cerebras_api',
                        'vercel_ai_gateway_api', 'deepinfra_api', 'github_copilot'
                    )
                    then 'its name is of another service, ' || path_service
            end as problem,
            case
                when ends_with(full_name, ':free') then 'free'
                when regexp_matches(full_name, '[-:]fast$') then 'fast'
            end as said_tier
        from written
    ),

    tails as (
        select
            *,
            len(parts) as part_count,
            unnest(range(1, len(parts) + 1)) as start,
            array_to_string(parts[start:], '/') as tail,
            -- GovCloud has its own prices, and so a spelling of its own.
            if(is_gov, 'us-gov.' || regexp_replace(tail, '^us-gov[.]', ''), tail) as tail_name
        from pathed
    ),

    variants as (
        select
            * exclude (parts, tail),
            unnest([
                tail_name,
                regexp_replace(tail_name, '@(default|latest)$', ''),
                regexp_replace(tail_name, ':\d+k$', ''),
                regexp_replace(tail_name, '@(\d{8})$', '-\1'),
                regexp_replace(tail_name, '(-v\d+)?:\d+$', ''),
                regexp_replace(tail_name, '-v\d+(:\d+)?$', ''),
                regexp_replace(tail_name, '^(us|eu|apac|jp|au|ca|in|sa|mx)[.]', ''),
                if(
                    service = 'fireworks_ai_api' and not contains(name, 'accounts/'),
                    'accounts/fireworks/models/' || tail_name,
                    tail_name
                )
            ]) as variant,
            generate_subscripts([1, 2, 3, 4, 5, 6, 7, 8], 1) as variant_order
        from tails
        where not is_gov or start = part_count
    ),

    tiered as (
        select
            *,
            unnest([variant, regexp_replace(variant, '[-:]fast$', '')]) as undated,
            unnest([1, 2]) as tier_order
        from variants
    ),

    dated as (
        select
            *,
            unnest([undated, regexp_replace(undated, '-(\d{4})(\d{2})(\d{2})', '-\1-\2-\3')])
                as spelling,
            unnest([1, 2]) as date_order
        from tiered
    )

    select
        service,
        model,
        spelling,
        if(said_tier = 'fast' and tier_order = 1, null, said_tier) as name_tier,
        list_filter(
            string_split_regex(spelling, '[^a-z0-9]+'),
            lambda t: t in ('{{ marks | join("', '") }}')
        ) as marks,
        list_filter(
            string_split_regex(spelling, '[^a-z0-9]+'),
            lambda t: regexp_matches(t, '^\d+[bk]$')
        ) as sizes,
        problem,
        min(((date_order * 10 + tier_order) * 100 + start) * 10 + variant_order) as spelling_order
    from dated
    group by all
{%- endmacro %}
