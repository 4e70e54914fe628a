// HeadraceTelemetry
