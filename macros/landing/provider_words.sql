{#- Who serves a model, in every word that gateways, traces, SDKs and frameworks write for it: the one
    table that all readers use. Returns our key of the service by word; lower case, anything but
    letters and digits written as _. A company's own words, in the var provider_words, go first. -#}
{% macro provider_words() %}
    {%- set words = {
        'openai_api': [
            'openai', 'text_completion_openai', 'openai_text', 'openai_realtime', 'chatgpt',
            'open_ai', 'openai_codex', 'codex', 'chatopenai',
        ],
        'claude_api': [
            'anthropic', 'anthropic_text', 'anthropic_beta', 'claude', 'claude_api', 'chatanthropic',
        ],
        'azure_openai': [
            'azure', 'azure_ai', 'azure_text', 'azure_openai', 'azure_ai_openai',
            'azure_ai_inference', 'az_ai_inference', 'az_ai_openai', 'azure_inference',
            'azure_foundry', 'azure_ai_foundry', 'microsoft_foundry', 'azure_cognitive_services',
            'azure_cognitiveservices', 'azure_anthropic', 'azureopenai', 'microsoft',
            'azure_openai_responses', 'azurechatopenai', 'azureaichatcompletionsmodel',
        ],
        'aws_bedrock': [
            'bedrock', 'bedrock_converse', 'bedrock_mantle', 'bedrock_invoke', 'bedrock_runtime',
            'bedrock_anthropic', 'bedrock_agentcore', 'aws_bedrock', 'aws_bedrock_runtime', 'aws',
            'amazon_bedrock', 'amazon_bedrock_converse', 'amazon_bedrock_mantle', 'amazon',
            'anthropic_bedrock', 'bedrock_v2', 'amazon_nova', 'chatbedrock', 'chatbedrockconverse',
        ],
        'google_vertex': [
            'vertex', 'vertexai', 'vertex_ai', 'vertex_ai_beta', 'gcp_vertex', 'gcp_vertex_ai',
            'google_vertex', 'google_vertexai', 'google_vertex_ai', 'google_vertex_anthropic',
            'gcp_vertex_agent',
            'google_anthropic_vertex', 'vertex_anthropic', 'anthropic_vertex', 'vertex_maas',
            'google_vertex_maas', 'vertex_ai_anthropic', 'vertex_ai_anthropic_models',
            'vertex_ai_language_models', 'vertex_ai_vision_models', 'vertex_ai_embedding_models',
            'vertex_ai_mistral_models', 'vertex_ai_llama_models', 'vertex_ai_llama3_models',
            'vertex_ai_deepseek_models', 'vertex_ai_qwen_models', 'vertex_ai_openai_models',
            'vertex_ai_chat_models', 'vertex_ai_text_models', 'vertex_ai_code_text_models',
            'vertex_ai_code_chat_models', 'vertex_ai_image_models', 'vertex_ai_video_models',
            'vertex_ai_ai21_models', 'vertex_ai_minimax_models', 'vertex_ai_moonshot_models',
            'vertex_ai_xai_models', 'vertex_ai_zai_models', 'chatvertexai',
        ],
        'gemini_api': [
            'gemini', 'google', 'gcp_gemini', 'gcp_gen_ai', 'google_ai_studio', 'google_gemini',
            'google_gla', 'google_genai', 'google_gen_ai', 'google_generativeai', 'google_ai',
            'googleai', 'gemini_live', 'palm', 'google_palm', 'gemini_api',
            'chatgooglegenerativeai',
        ],
        'mistral_api': [
            'mistral', 'mistral_ai', 'mistralai', 'codestral', 'text_completion_codestral',
        ],
        'xai_api': ['xai', 'x_ai', 'grok', 'x'],
        'cohere_api': ['cohere', 'cohere_chat', 'cohere_v2', 'cohere_ai'],
        'deepseek_api': ['deepseek', 'deep_seek', 'deepseek_api'],
        'groq_api': ['groq', 'groqcloud', 'groq_cloud'],
        'together_ai_api': ['together', 'together_ai', 'togetherai', 'togethercomputer'],
        'fireworks_ai_api': ['fireworks', 'fireworks_ai', 'fireworksai'],
        'perplexity_api': ['perplexity', 'perplexity_ai', 'perplexityai', 'pplx'],
        'cerebras_api': ['cerebras', 'cerebras_ai'],
        'moonshot_api': ['moonshot', 'moonshotai', 'moonshot_ai', 'kimi'],
        'openrouter_api': ['openrouter', 'open_router', 'openrouter_ai'],
        'ibm_watsonx': [
            'watsonx', 'watsonx_text', 'watsonx_ai', 'ibm_watsonx', 'ibm_watsonx_ai', 'ibm',
        ],
        'github_copilot': ['github_copilot', 'copilot'],
        'vercel_ai_gateway_api': ['vercel', 'vercel_ai_gateway', 'gateway', 'ai_gateway'],
    } %}
    {#- Services without a price list of ours: their first word is their name. -#}
    {%- set others = [
        ['ai21', 'ai21_chat', 'ai21labs'], ['replicate'], ['huggingface', 'hugging_face', 'hf',
        'huggingface_hub', 'huggingface_inference'], ['deepinfra', 'deep_infra'],
        ['databricks', 'databricks_model_serving', 'mosaicml'], ['sagemaker', 'amazon_sagemaker',
        'sagemaker_nova', 'aws_sagemaker', 'sagemaker_endpoint'], ['snowflake', 'snowflake_cortex'],
        ['oci', 'oci_genai', 'oracle', 'oci_generative_ai'],
        ['cloudflare', 'workers_ai', 'cloudflare_workers_ai', 'workersai'],
        ['nvidia_nim', 'nvidia', 'nim'], ['sambanova', 'sambanova_ai'], ['baseten'], ['anyscale'],
        ['novita', 'novita_ai'], ['nebius', 'nebius_ai'], ['hyperbolic'], ['lambda_ai', 'lambda'],
        ['friendliai', 'friendli'], ['featherless_ai', 'featherless'], ['nscale'], ['gmi', 'gmi_cloud'],
        ['inference_net'], ['chutes'], ['parasail'], ['siliconflow', 'silicon_flow'],
        ['volcengine', 'ark', 'byteplus', 'bytedance', 'doubao'],
        ['dashscope', 'alibaba', 'alibaba_cloud', 'qwen_cloud', 'tongyi', 'bailian'],
        ['zai', 'z_ai', 'zhipu', 'zhipuai', 'bigmodel', 'zai_coding_plan'], ['minimax'],
        ['baidu', 'qianfan'], ['tencent', 'hunyuan'], ['stepfun'], ['lingyi', 'yi', '01_ai'],
        ['maritalk'], ['aleph_alpha'], ['nlp_cloud'], ['predibase'], ['clarifai'], ['petals'],
        ['voyage', 'voyageai', 'voyage_ai'], ['jina_ai', 'jina', 'jinaai'], ['nomic'], ['mixedbread'],
        ['elevenlabs'], ['deepgram'], ['assemblyai', 'assembly_ai'], ['cartesia'],
        ['stability', 'stability_ai', 'stabilityai'], ['black_forest_labs', 'bfl'], ['fal_ai', 'fal'],
        ['recraft'], ['runwayml', 'runway'], ['luma'], ['topaz'], ['aiml', 'aimlapi'],
        ['cometapi'], ['compactifai'], ['heroku'], ['gradient_ai', 'gradient', 'digitalocean'],
        ['wandb', 'wandb_inference'], ['ovhcloud', 'ovh'], ['scaleway'], ['morph'], ['v0'],
        ['inception'], ['galadriel'], ['empower'], ['datarobot'], ['bytez'], ['poe'], ['reka',
        'reka_ai'], ['writer'], ['upstage', 'solar'], ['liquid'], ['sarvam'], ['lemonfox'],
        ['avian'], ['publicai'], ['synthetic'], ['venice', 'venice_ai'], ['requesty'],
        ['nano_gpt', 'nanogpt'], ['opencode', 'opencode_zen', 'zen'], ['meta_llama', 'llama_api'],
        ['github', 'github_models'], ['kluster_ai', 'klusterai'], ['crusoe'], ['targon'],
        ['arcee_ai'], ['sap', 'sap_ai_core', 'sapaicore', 'gen_ai_hub'],
        ['ollama', 'ollama_chat', 'ollama_cloud'], ['vllm', 'hosted_vllm'],
        ['lm_studio', 'lmstudio'], ['llamafile'], ['llama_cpp', 'llamacpp', 'llama_cpp_python'],
        ['xinference'], ['sglang'], ['tgi', 'text_generation_inference'], ['triton'], ['oobabooga'],
        ['docker_model_runner'], ['lemonade'], ['infinity'], ['localai', 'local'], ['mlx'],
        ['transformers'], ['custom'], ['test'], ['function'],
        ['openai_compatible', 'openai_like', 'custom_openai', 'aiohttp_openai'],
    ] %}
    {%- for group in others %}{% do words.update({group[0] ~ '_api': group}) %}{% endfor %}
    {%- set own = {} %}
    {%- for word, service in var('provider_words', {}).items() %}
        {%- do own.update({modules.re.sub('[^a-z0-9]+', '_', word | lower).strip('_'): service}) %}
    {%- endfor %}
    {%- for service, listed in words.items() %}
        {%- for word in listed if word not in own %}{% do own.update({word: service}) %}{% endfor %}
    {%- endfor %}
    {%- do return(own) %}
{% endmacro %}

{#- Words of what stands between the caller and who serves: frameworks, instrumentations, the
    company's own proxy. They are known and name no provider: the model says who served. -#}
{% macro framework_words() %}
    {%- do return([
        'pydantic_ai', 'pydantic_ai_gateway', 'logfire', 'langchain', 'langgraph', 'langsmith', 'llama_index',
        'llamaindex', 'haystack', 'crewai', 'agno', 'phidata', 'autogen', 'ag2', 'semantic_kernel',
        'microsoft_agent_framework', 'agent_framework', 'microsoft_agents', 'strands_agents',
        'strands', 'smolagents', 'dspy', 'openai_agents', 'openai_agents_sdk', 'claude_agent_sdk',
        'google_adk', 'adk', 'spring_ai', 'springai', 'langchain4j', 'ai_sdk', 'mastra',
        'instructor', 'guidance', 'outlines', 'traceloop', 'openllmetry', 'openlit', 'openinference',
        'litellm', 'litellm_proxy', 'litellm_router', 'auto_router', 'portkey', 'helicone',
        'langfuse', 'kong', 'other', 'unknown', 'none', 'null', 'n_a', 'undefined', 'default',
        'vercel_ai', 'vercel_ai_sdk', 'livekit', 'pipecat', 'genkit', 'letta', 'dify', 'flowise', 'n8n',
        'librechat', 'open_webui', 'humanloop', 'dotprompt', 'arize_phoenix', 'router', 'proxy',
        'llm', 'model', 'ai', 'agent', 'chat', 'gen_ai',
    ]) %}
{% endmacro %}

{#- Organisations that publish open models and that names carry in front of the model's
    (meta-llama/..., deepseek-ai/...): they do not say who ran it. -#}
{% macro publisher_words() %}
    {%- do return([
        'meta_llama', 'meta', 'qwen', 'deepseek_ai', 'zai_org', 'z_ai', 'thudm', 'google_gemma',
        'nvidia', 'microsoft_phi', 'nousresearch', 'openchat', 'tiiuae', 'ibm_granite', 'allenai',
        'huggingfaceh4', 'minimaxai', 'baidu', 'bytedance', 'tencent',
        'canopylabs', 'unsloth', 'thebloke', 'bigcode', 'stabilityai', 'black_forest_labs',
        'codellama', 'lmsys', 'teknium', 'cognitivecomputations', 'arcee_ai', 'liquid', 'xiaomi',
    ]) %}
{% endmacro %}
