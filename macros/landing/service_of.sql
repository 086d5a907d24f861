{#- Our key of the service behind a provider's name as gateways and traces write it, in any case; a
    name that is not listed becomes a key of its own. -#}
{% macro service_of(provider) -%}
    {%- set name = "regexp_replace(lower(trim(" ~ provider ~ ")), '[^a-z0-9]+', '_', 'g')" -%}
    case
        when {{ name }} in ('openai', 'text_completion_openai') then 'openai_api'
        when {{ name }} in ('anthropic', 'claude') then 'claude_api'
        when {{ name }} in (
            'azure', 'azure_ai', 'azure_openai', 'azure_ai_openai', 'azure_ai_inference',
            'az_ai_inference', 'az_ai_openai', 'microsoft'
        ) then 'azure_openai'
        when {{ name }} in ('bedrock', 'bedrock_converse', 'aws_bedrock', 'aws', 'amazon_bedrock', 'amazon')
            then 'aws_bedrock'
        when {{ name }} in ('vertex', 'vertex_ai', 'vertex_ai_beta', 'gcp_vertex_ai', 'google_vertex', 'google_vertex_ai')
            then 'google_vertex'
        when {{ name }} in ('gemini', 'google', 'gcp_gemini', 'gcp_gen_ai', 'google_ai_studio', 'google_gemini')
            then 'gemini_api'
        when {{ name }} in ('mistral', 'mistral_ai', 'mistralai') then 'mistral_api'
        when {{ name }} in ('xai', 'x_ai') then 'xai_api'
        when {{ name }} in ('watsonx', 'ibm_watsonx', 'ibm_watsonx_ai') then 'ibm_watsonx'
        when {{ name }} in ('together', 'together_ai', 'togetherai') then 'together_ai_api'
        when {{ name }} in ('fireworks', 'fireworks_ai') then 'fireworks_ai_api'
        when {{ name }} = 'openrouter' then 'openrouter_api'
        else coalesce(nullif({{ name }}, ''), 'unknown') || '_api'
    end
{%- endmacro %}
