"""FastAPI with PyJWT, as its documentation protects a route: a dependency that verifies the bearer token."""

import os

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

ISSUER = os.environ["ISSUER"]

app = FastAPI()
bearer = HTTPBearer(auto_error=False)
published = jwt.PyJWKClient(os.environ["JWKS_URL"], lifespan=300)


async def current_user(credentials: HTTPAuthorizationCredentials | None = Depends(bearer)):
    try:
        token = credentials.credentials if credentials else ""
        # It asks the network only when it does not know the key.
        key = published.get_signing_key_from_jwt(token).key
        return jwt.decode(
            token, key, algorithms=["ES256"], audience=ISSUER, issuer=ISSUER, options={"require": ["exp"]}
        )
    except (jwt.InvalidTokenError, jwt.PyJWKClientError) as error:
        raise HTTPException(status_code=401, headers={"WWW-Authenticate": "Bearer"}) from error


@app.get("/protected")
async def protected(user: dict = Depends(current_user)):
    return {"message": "You have reached the protected endpoint.", "user_id": user["sub"]}
