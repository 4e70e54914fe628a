// HeadraceLLM
