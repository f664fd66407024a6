# docker build -t frechet . && docker run --rm -p 8000:8000 --read-only --tmpfs /tmp frechet
FROM python:3.12-slim
ENV PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY lessons lessons
RUN pip install --no-cache-dir ".[web]" && useradd --system frechet
USER frechet
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["frechet", "serve", "--host", "0.0.0.0", "--workers", "2"]
