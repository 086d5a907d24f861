{#- Our key of a provider in FOCUS rows: one spelling for each cloud, any other name in lower case
    with underscores. -#}
{% macro focus_provider(name) -%}
    {%- set plain = "trim(regexp_replace(lower(" ~ name ~ "), '[^a-z0-9]+', '_', 'g'), '_')" -%}
    case
        when regexp_matches({{ plain }}, '^(aws|amazon)(_|$)') then 'aws'
        when regexp_matches({{ plain }}, '^(microsoft|azure)(_|$)') then 'azure'
        when regexp_matches({{ plain }}, '^(google|gcp)(_|$)') then 'google_cloud'
        when regexp_matches({{ plain }}, '^ibm(_|$)') then 'ibm_cloud'
        else nullif({{ plain }}, '')
    end
{%- endmacro %}

{#- Our key of the service behind a FOCUS row: the AI platform's key where the row is that,
    otherwise the provider's.

    provider  SQL, a key of focus_provider
    service_text  names and codes of service and publisher; parts may be null
    sku_text  meter, usage type or article
    resource_text  resource type or id -#}
{% macro focus_service(provider, service_text, sku_text, resource_text) -%}
    case {{ provider }}
        when 'aws' then {{ cloud_service('aws', service_text, sku_text) }}
        when 'google_cloud' then {{ cloud_service('google_cloud', service_text, sku_text) }}
        when 'azure' then {{ azure_service(service_text, sku_text, resource_text) }}
        when 'ibm_cloud' then {{ ibm_service(service_text, resource_text) }}
        when 'github'
            then if(contains(lower({{ service_text }}), 'copilot'), 'github_copilot', 'github')
        when 'openai'
            then if(contains(lower({{ service_text }}), 'chatgpt'), 'chatgpt', 'openai_api')
        when 'anthropic'
            then if(
                regexp_matches(lower({{ service_text }}), 'claude[. ]?(ai|team|enterprise|pro|max)'),
                'claude_workspace', 'claude_api'
            )
        {%- for name, service in {
            'mistral': 'mistral_api', 'mistral_ai': 'mistral_api', 'groq': 'groq_api',
            'deepseek': 'deepseek_api', 'xai': 'xai_api', 'x_ai': 'xai_api',
            'cohere': 'cohere_api', 'together': 'together_ai_api',
            'together_ai': 'together_ai_api', 'fireworks': 'fireworks_ai_api',
            'fireworks_ai': 'fireworks_ai_api', 'perplexity': 'perplexity_api',
            'perplexity_ai': 'perplexity_api', 'cerebras': 'cerebras_api',
            'moonshot_ai': 'moonshot_api', 'openrouter': 'openrouter_api',
        }.items() %}
            when '{{ name }}' then '{{ service }}'
        {%- endfor %}
        else {{ provider }}
    end
{%- endmacro %}

{#- Azure OpenAI and the models of its platform, partners' included: these come as marketplace
    products of their publisher. Everything else Microsoft bills is azure. -#}
{% macro azure_service(service_text, sku_text, resource_text) -%}
    {%- set text = "concat_ws(' ', " ~ service_text ~ ", " ~ sku_text ~ ")" -%}
    case
        when {{ product_of_another_vendor(text) }} is not null
            then {{ product_of_another_vendor(text) }}
        when
            regexp_matches(
                lower({{ service_text }}), 'azure openai|foundry models|azure ai foundry|anthropic'
            )
            or (
                contains(lower(coalesce({{ resource_text }}, '')), 'microsoft.cognitiveservices')
                and regexp_matches(lower(coalesce({{ sku_text }}, '')), 'tok(en)?s?$|^gpt|openai')
            )
            then 'azure_openai'
        else 'azure'
    end
{%- endmacro %}

{#- Our key of another vendor's product whose money a cloud collects, on its marketplace or by an
    agreement of the vendors; null for everything else. -#}
{% macro product_of_another_vendor(text) -%}
    {%- set words = "lower(" ~ text ~ ")" -%}
    case
        when regexp_matches({{ words }}, 'github.*copilot|copilot.*github') then 'github_copilot'
        when
            regexp_matches(
                {{ words }}, '(microsoft 365|office 365|m365).*copilot|copilot for (microsoft|m365)'
            )
            then 'microsoft_365_copilot'
        when regexp_matches({{ words }}, 'chatgpt.{0,5}(enterprise|team|business|edu)') then 'chatgpt'
        when
            regexp_matches({{ words }}, 'claude.{0,5}(for )?(enterprise|team|work)|claude[.]ai')
            then 'claude_workspace'
        -- Anthropic's own API, bought on a marketplace: the models of Bedrock are named otherwise.
        when regexp_matches({{ words }}, 'claude (platform|api|console)|anthropic api')
            then 'claude_api'
        when regexp_matches({{ words }}, 'cursor.{0,5}(teams?|business|enterprise|pro) ') then 'cursor'
    end
{%- endmacro %}

{#- Whether an article of a service that is sold by the seat is a seat, and no credit or request. -#}
{% macro is_seat_article(service, text) -%}
    (
        (
            {{ service }} in ('microsoft_365_copilot', 'google_workspace')
            or (
                {{ service }} in ('github_copilot', 'chatgpt', 'claude_workspace', 'cursor')
                and regexp_matches(
                    lower({{ text }}),
                    '(user|seat|licen[cs]e|member|subscription|business|enterprise|team)'
                )
            )
        )
        and not regexp_matches(
            lower({{ text }}), '(credit|request|token|message|overage|consumption|pay.as.you.go|spark)'
        )
    )
{%- endmacro %}

{#- watsonx and the machine learning service it grew out of (pm-20 in resource names); everything
    else IBM bills is ibm_cloud. -#}
{% macro ibm_service(service_text, resource_text) -%}
    if(
        regexp_matches(lower({{ service_text }}), 'watsonx|watson machine learning|watson studio')
        or regexp_matches(
            lower(coalesce({{ resource_text }}, '')), ':(pm-20|data-science-experience|aiopenscale):'
        ),
        'ibm_watsonx', 'ibm_cloud'
    )
{%- endmacro %}
