#!/bin/sh
# Puts the secret on stdin into a "Secret text" credential of Jenkins' system store.
#
#     jenkins-credential.sh CREDENTIAL_ID
#
# JENKINS_URL is the address of Jenkins, and JENKINS_LOGIN a netrc file with a user's API token.
set -eu
set +x # a traced shell prints its secrets

kind=org.jenkinsci.plugins.plaincredentials.impl.StringCredentialsImpl
credential="<$kind><scope>GLOBAL</scope><id>$1</id>"
credential="$credential<description>API key of the NuGet feed</description>"
credential="$credential<secret>$(cat)</secret></$kind>"

printf '%s' "$credential" |
    curl --fail --silent --show-error --output /dev/null --netrc-file "$JENKINS_LOGIN" \
        --header 'Content-Type: application/xml' --data-binary @- \
        "${JENKINS_URL%/}/credentials/store/system/domain/_/credential/$1/config.xml"
