"""A Flask service that verifies Sumun's access tokens.

The decorator is the source design's; four lines of it are changed, and each is marked. What it does not see is a
session that was ended before its token expired: docs/other-verifiers.md says what to do where that matters.
"""

import os
from functools import wraps

import jwt
from flask import Flask, g, jsonify, request

ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ.get("AUDIENCE", ISSUER)
ALGORITHM = os.environ.get("JWT_ALGORITHM", "ES256")

app = Flask(__name__)
app.json.ensure_ascii = False
# Keys are fetched once and kept for five minutes, as the service's Cache-Control says.
published = jwt.PyJWKClient(os.environ.get("JWKS_URL", f"{ISSUER}/.well-known/jwks.json"), lifespan=300)


def key_of(token):
    """The key that an access token names; one that is not published is as good as a wrong signature."""
    # RFC 9068 §4: another JWT that the same key signed is no access token.
    if jwt.get_unverified_header(token).get("typ") not in ("at+jwt", "application/at+jwt"):
        raise jwt.InvalidTokenError("no access token")
    if ALGORITHM == "HS256":
        return os.environ["JWT_SECRET"]
    try:
        return published.get_signing_key_from_jwt(token).key
    except jwt.PyJWKClientError as error:
        raise jwt.InvalidTokenError("unknown key") from error


def auth_required(f):
    @wraps(f)
    def decorated_function(*args, **kwargs):
        token = request.headers.get("Authorization")
        if token is None:
            return jsonify(message="인증되지 않았습니다."), 401
        try:
            token = token[7:] if token[:7].lower() == "bearer " else ""  # changed: the scheme is stripped
            payload = jwt.decode(
                token,
                key_of(token), algorithms=[ALGORITHM],  # changed: the key that signed it, and its one algorithm
                audience=AUDIENCE, issuer=ISSUER, options={"require": ["exp"]},  # changed: for us, from Sumun
            )
        except jwt.InvalidTokenError:
            return jsonify(message="유효하지 않은 토큰입니다."), 401
        g.user_id, g.role = payload["sub"], payload["roles"]  # changed: the names of the claims
        return f(*args, **kwargs)

    return decorated_function


@app.get("/protected")
@auth_required
def protected():
    return jsonify(message="보호된 엔드포인트에 접근하셨습니다.", user_id=g.user_id, role=g.role)


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ["PORT"]))
