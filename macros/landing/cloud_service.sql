{#- Our key of the service behind a line of a cloud's bill, the same from every export of that
    cloud: the AI platform's key, or the cloud's own key for everything else it bills. Third-party
    models on Bedrock are marketplace products of their own: the product's name says so, and where
    only a product id is left, the usage type does.

    service_text  names, ids and codes of service and product; parts may be null
    sku_text      usage type, meter or article -#}
{% macro cloud_service(provider_key, service_text, sku_text) -%}
    {%- set service_name = "lower(coalesce(" ~ service_text ~ ", ''))" -%}
    {%- set sku_name = "lower(coalesce(" ~ sku_text ~ ", ''))" -%}
    {%- set text = "concat_ws(' ', " ~ service_text ~ ", " ~ sku_text ~ ")" -%}
    {%- if provider_key == 'aws' -%}
        case
            when {{ product_of_another_vendor(text) }} is not null
                then {{ product_of_another_vendor(text) }}
            when
                contains({{ service_name }}, 'bedrock')
                or regexp_matches(
                    {{ sku_name }},
                    '(^|-)mp:[a-z0-9]+_(input_?token|output_?token|cache_?read|cache_?write)'
                )
                then 'aws_bedrock'
            else 'aws'
        end
    {%- elif provider_key == 'google_cloud' -%}
        case
            when {{ product_of_another_vendor(text) }} is not null
                then {{ product_of_another_vendor(text) }}
            when regexp_matches({{ service_name }}, 'c7e2-9256-1c43|vertex ai|enterprise agent platform')
                then 'google_vertex'
            when
                regexp_matches(
                    {{ service_name }}, 'aefd-7695-64fa|gemini api|generative language api'
                )
                then 'gemini_api'
            -- A partner's model that is a service of its own.
            when
                regexp_matches({{ service_name }}, '(^| )(claude|mistral|llama|deepseek|grok) ')
                and contains({{ sku_name }}, 'token')
                then 'google_vertex'
            else 'google_cloud'
        end
    {%- else -%}
        {{ exceptions.raise_compiler_error('cloud_service does not know ' ~ provider_key) }}
    {%- endif -%}
{%- endmacro %}

{#- The service's name on a cloud's bill: one name for an AI platform, whatever the export calls its
    products; otherwise as stated. -#}
{% macro cloud_service_name(service, stated_name) -%}
    case {{ service }}
        when 'aws_bedrock' then 'Amazon Bedrock'
        when 'google_vertex' then 'Vertex AI'
        when 'gemini_api' then 'Gemini API'
        else {{ stated_name }}
    end
{%- endmacro %}
