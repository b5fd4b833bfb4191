module mosquitto-pi/engine/language

go 1.25.8

require github.com/pulumi/pulumi/sdk/v3 v3.50.0

tool github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs
